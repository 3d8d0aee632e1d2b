/** `POST /v1/tokens`: the holder of an API key gets a short-lived token to hand to a browser. */
import type { IncomingMessage } from 'node:http';
import { UndertoneError } from '@undertone/core';
import type { Access } from './create-access.ts';
import { LimitsError, readLimits } from './limits.ts';
import { bothLimits, type Limits } from './principal.ts';
import { requestCredentials } from './request-credentials.ts';

export interface TokenAnswer {
  readonly token: string;
  readonly expires_in_seconds: number;
}

const defaultTtlSeconds = 60;
const maxTtlSeconds = 3600;
const maxBodyBytes = 4096;
const bodyTimeoutMs = 5000;
const fieldNames = ['ttl_seconds', 'models', 'roles', 'max_sessions', 'operator'];

/**
 * @param request its body is empty or JSON: `{"ttl_seconds"?: 1 to 3600, "models"?, "roles"?, "max_sessions"?,
 * "operator"?}`
 * @returns the token, which may do no more than the key that was shown
 * @throws UndertoneError `unauthorized`, `forbidden`, `rate_limited`, `not_found` where there are no keys,
 * `bad_parameter`, `message_too_large`
 */
export async function handleTokenRequest(access: Access, request: IncomingMessage): Promise<TokenAnswer> {
  if (!access.browserTokens)
    throw new UndertoneError('not_found', 'This server has no API keys (keysFile), so it makes no tokens.');
  const key = await access.control.authenticateKey(requestCredentials(request, 'http'));
  const fields = parseBody(await readBody(request));
  const ttlSeconds = readTtl(fields.ttl_seconds);
  const wanted = readWanted(fields);
  const limits = bothLimits(key, wanted);
  if (limits.models?.length === 0 || limits.roles?.length === 0)
    throw new UndertoneError('forbidden', 'Expected models and roles out of those of the key.');
  if (wanted.operator && !limits.operator)
    throw new UndertoneError('forbidden', 'Expected a key with the permission operator; this one has not.');
  const token = await access.browserTokens.mint(key.id, limits, ttlSeconds);
  return { token, expires_in_seconds: ttlSeconds };
}

function readWanted(fields: Readonly<Record<string, unknown>>): Limits {
  try {
    return readLimits(fields, 'max_sessions');
  } catch (error) {
    if (error instanceof LimitsError) throw new UndertoneError('bad_parameter', `Expected ${error.message}.`);
    throw error;
  }
}

function readTtl(value: unknown): number {
  if (value === undefined) return defaultTtlSeconds;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= maxTtlSeconds)
    return value;
  throw bad(`ttl_seconds to be a whole number from 1 to ${maxTtlSeconds}`, shown(value));
}

function parseBody(text: string): Readonly<Record<string, unknown>> {
  if (text.trim() === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw bad('the body to be JSON', 'text that is not');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw bad('the body to be an object', shown(value));
  const unknown = Object.keys(value).find((name) => !fieldNames.includes(name));
  if (unknown !== undefined) throw bad(`fields out of ${fieldNames.join(', ')}`, shown(unknown));
  return value as Readonly<Record<string, unknown>>;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const timer = setTimeout(() => request.destroy(), bodyTimeoutMs);
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      bytes += chunk.length;
      if (bytes > maxBodyBytes) break;
      chunks.push(chunk);
    }
  } catch (cause) {
    throw new UndertoneError('aborted', 'The body did not arrive.', { cause });
  } finally {
    clearTimeout(timer);
  }
  if (bytes > maxBodyBytes)
    throw new UndertoneError('message_too_large', `Expected a body of at most ${maxBodyBytes} bytes.`);
  return Buffer.concat(chunks).toString('utf8');
}

function bad(expected: string, got: string): UndertoneError {
  return new UndertoneError('bad_parameter', `Expected ${expected}; got ${got}.`);
}

function shown(value: unknown): string {
  return JSON.stringify(value).slice(0, 80);
}
