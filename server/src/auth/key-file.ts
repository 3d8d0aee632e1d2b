/**
 * The file of API keys: `{"keys": [{"id", "sha256", "models"?, "roles"?, "maxSessions"?, "operator"?, "expires"?}]}`.
 * It holds hashes only; who reads it cannot enter.
 */
import { UndertoneError } from '@undertone/core';
import { LimitsError, readLimits } from './limits.ts';
import type { Limits } from './principal.ts';

/** One key as the file has it. */
export interface KeyEntry extends Limits {
  readonly id: string;
  /** Hash of the key, 64 hexadecimal digits. */
  readonly sha256: string;
  /** ISO 8601, with its time zone. */
  readonly expires?: string;
}

const fieldNames = ['id', 'sha256', 'models', 'roles', 'maxSessions', 'operator', 'expires'];
const idForm = /^[\w.@-]{1,64}$/;
const hashForm = /^[0-9a-f]{64}$/;
const timeForm = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;
const maxKeys = 100_000;

/**
 * @param name of the file, for messages
 * @throws UndertoneError `bad_config` naming the key, what was expected and, where it cannot be a secret, what came
 */
export function parseKeyFile(text: string, name: string): readonly KeyEntry[] {
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch {
    // The parser's message quotes the text, where somebody may have put a key instead of its hash.
    refuse(name, 'to be JSON');
  }
  if (!isRecord(root) || !Array.isArray(root.keys)) refuse(name, 'to be {"keys": [...]}');
  if (root.keys.length > maxKeys) refuse(name, `to hold at most ${maxKeys} keys`);
  const entries = root.keys.map((value: unknown, i) => parseEntry(value, name, i));
  for (const field of ['id', 'sha256'] as const) {
    const seen = new Set<string>();
    for (const entry of entries) {
      if (seen.has(entry[field])) refuse(name, `to have one key for each ${field}; ${entry.id} repeats one`);
      seen.add(entry[field]);
    }
  }
  return entries;
}

/** The file for these keys. */
export function formatKeyFile(keys: readonly KeyEntry[]): string {
  return `${JSON.stringify({ keys }, null, 2)}\n`;
}

/**
 * @returns what an id, or a time of expiry, has to look like if it does not; null if it does
 */
export function idProblem(id: unknown): string | null {
  const fits = typeof id === 'string' && idForm.test(id);
  return fits ? null : 'id to be 1 to 64 of letters, digits and _ . @ -';
}

export function expiresProblem(expires: unknown): string | null {
  const fits = typeof expires === 'string' && timeForm.test(expires) && !Number.isNaN(Date.parse(expires));
  return fits ? null : 'expires to be a time such as 2030-01-31T12:00:00Z';
}

function parseEntry(value: unknown, name: string, index: number): KeyEntry {
  const where = `key ${index + 1}`;
  if (!isRecord(value)) refuse(name, `${where} to be an object`);
  const idFault = idProblem(value.id);
  if (idFault !== null) refuse(name, `${where}: ${idFault}`);
  const { id, sha256, expires } = value as { id: string; sha256: unknown; expires?: unknown };
  const unknown = Object.keys(value).find((field) => !fieldNames.includes(field));
  if (unknown !== undefined)
    refuse(name, `${where} (${id}) to have ${fieldNames.join(', ')}; got ${unknown.slice(0, 40)}`);
  if (typeof sha256 !== 'string' || !hashForm.test(sha256))
    refuse(name, `${where} (${id}): sha256 to be 64 hexadecimal digits, the hash of the key`);
  const expiresFault = expires === undefined ? null : expiresProblem(expires);
  if (expiresFault !== null) refuse(name, `${where} (${id}): ${expiresFault}`);
  try {
    const limits = readLimits(value, 'maxSessions');
    return { id, sha256, ...limits, ...(expires === undefined ? {} : { expires: expires as string }) };
  } catch (error) {
    if (error instanceof LimitsError) refuse(name, `${where} (${id}): ${error.message}`);
    throw error;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refuse(name: string, expected: string): never {
  throw new UndertoneError('bad_config', `Expected keysFile ${name} ${expected}.`);
}
