/** The operators' events of the server that serves the page, for as long as they are wanted. */
import { readEvents } from './event-stream.ts';
import type { OperatorChange, OperatorEnd, OperatorOverview } from './overview.ts';

export interface FeedHandlers {
  readonly onOverview: (overview: OperatorOverview) => void;
  readonly onChange: (change: OperatorChange) => void;
  /** The connection is gone; it is tried again after `retryMs`. */
  readonly onLost: (reason: string, retryMs: number) => void;
  /** These credentials may not see it; it is not tried again. */
  readonly onRefused: (reason: string) => void;
}

export interface FeedOptions {
  /** Address of the page; the server's is taken from it. */
  readonly base: string;
  /** API key or token; empty for a server without credentials. */
  readonly secret: string;
  readonly signal: AbortSignal;
  readonly handlers: FeedHandlers;
}

const firstRetryMs = 1000;
const maxRetryMs = 15_000;

/** Resolves when it was refused or aborted; never rejects. */
export async function followOperatorEvents(options: FeedOptions): Promise<void> {
  const { signal, handlers } = options;
  let retryMs = firstRetryMs;
  while (!signal.aborted) {
    let reason: string;
    try {
      const response = await request(options);
      if (response.status === 401 || response.status === 403 || response.status === 404) {
        handlers.onRefused(await refusal(response));
        return;
      }
      if (!response.ok || !response.body) throw new Error(await refusal(response));
      reason = await follow(response.body, handlers, () => {
        retryMs = firstRetryMs;
      });
    } catch (cause) {
      reason = cause instanceof Error ? cause.message : String(cause);
    }
    if (signal.aborted) return;
    handlers.onLost(reason, retryMs);
    await pause(retryMs, signal);
    retryMs = Math.min(maxRetryMs, retryMs * 2);
  }
}

function request({ base, secret, signal }: FeedOptions): Promise<Response> {
  return fetch(new URL('v1/operator/events', base), {
    signal,
    headers: {
      accept: 'text/event-stream',
      ...(secret === '' ? {} : { authorization: `Bearer ${secret}` }),
    },
    cache: 'no-store',
    credentials: 'omit',
  });
}

/** @returns why it ended */
async function follow(
  body: ReadableStream<Uint8Array>,
  handlers: FeedHandlers,
  onAlive: () => void,
): Promise<string> {
  for await (const { event, data } of readEvents(body)) {
    if (event === 'overview') handlers.onOverview(JSON.parse(data) as OperatorOverview);
    if (event === 'change') handlers.onChange(JSON.parse(data) as OperatorChange);
    if (event === 'end')
      return endReasons[(JSON.parse(data) as OperatorEnd).reason] ?? 'The server ended it.';
    onAlive();
  }
  return 'The server closed the connection.';
}

const endReasons: Readonly<Partial<Record<string, string>>> = {
  draining: 'The server is shutting down.',
  slow_reader: 'This page read too slowly.',
};

/** The error of the server, or its status. */
async function refusal(response: Response): Promise<string> {
  const text = await response.text();
  try {
    const { code, message } = JSON.parse(text) as { code?: string; message?: string };
    if (message) return code ? `${message} (${code})` : message;
  } catch {
    // Not from Undertone.
  }
  return `Expected the operators' events; the server answered with status ${response.status}.`;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
