/** Credentials of a stream, asked for anew at each connect: tokens for browsers live for a minute. */
import { UndertoneError } from '@undertone/core';

export type TokenSource = string | (() => string | Promise<string>);

const defaultTimeoutMs = 10_000;

/**
 * @throws UndertoneError `connection_failed` when the function throws or takes too long, `bad_parameter` when it gives no
 * text
 */
export async function readToken(
  source: TokenSource | undefined,
  timeoutMs: number = defaultTimeoutMs,
): Promise<string | null> {
  if (source === undefined) return null;
  const token = typeof source === 'function' ? await answerOf(source, timeoutMs) : source;
  if (typeof token === 'string' && token !== '') return token;
  const found = token === '' ? 'an empty one' : typeof token;
  throw new UndertoneError(
    'bad_parameter',
    `Expected the token to be a text that is not empty; got ${found}.`,
  );
}

async function answerOf(source: () => string | Promise<string>, timeoutMs: number): Promise<string> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing came within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([source(), late]);
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause);
    const message = `Expected the function token to give a token; it failed: ${found}`;
    throw new UndertoneError('connection_failed', message, { cause });
  } finally {
    clearTimeout(timer);
  }
}
