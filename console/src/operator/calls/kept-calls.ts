/** Calls that the server of the page keeps in NATS: a list of them, and one of them as it goes on. */
import {
  type CallTimeline,
  CallTimelineBuilder,
  isCallEvent,
  readCallEvent,
} from '@undertone/client-sdk/calls';

export interface KeptCallsAccess {
  /** Address of the page; the server's is taken from it. */
  readonly base: string;
  /** API key or token; empty for a server without credentials. */
  readonly secret: string;
  readonly signal: AbortSignal;
}

export interface KeptCall {
  readonly session: string;
  /** Null where no event says it. */
  readonly startedAtMs: number | null;
}

interface EventPage {
  readonly events: readonly unknown[];
  readonly after: number;
  readonly hasMore: boolean;
}

const pageSize = 500;
const mostPages = 40;
const pollMs = 2000;

/** The server keeps no calls: it has no NATS. */
export class NothingKept extends Error {}

/** Newest first, of the last day. @throws NothingKept; Error with what the server said */
export async function listKeptCalls(
  access: KeptCallsAccess,
  sinceSeconds = 86_400,
): Promise<readonly KeptCall[]> {
  const calls = new Map<string, KeptCall>();
  let after: number | null = null;
  for (let pages = 0; pages < mostPages; pages++) {
    const page: EventPage = await ask(
      access,
      `v1/operator/calls?since_s=${sinceSeconds}&limit=${pageSize}`,
      after,
    );
    for (const event of page.events) {
      const read = readCallEvent(JSON.stringify(event));
      if (isCallEvent(read)) calls.set(read.session, { session: read.session, startedAtMs: read.atMs });
    }
    if (!page.hasMore) break;
    after = page.after;
  }
  return [...calls.values()].reverse();
}

/**
 * Tells of a call until it is over or aborted; what was told before is in each timeline.
 * @throws NothingKept; Error with what the server said
 */
export async function followKeptCall(
  session: string,
  access: KeptCallsAccess,
  onTimeline: (timeline: CallTimeline, isEmpty: boolean) => void,
): Promise<void> {
  const builder = new CallTimelineBuilder(session);
  let after: number | null = null;
  let isEmpty = true;
  while (!access.signal.aborted) {
    let hasMore = true;
    for (let pages = 0; hasMore && pages < mostPages; pages++) {
      const path = `v1/operator/calls/${encodeURIComponent(session)}/events?limit=${pageSize}`;
      const page: EventPage = await ask(access, path, after);
      ({ after, hasMore } = page);
      for (const event of page.events) {
        const read = readCallEvent(JSON.stringify(event));
        if (!isCallEvent(read)) continue;
        isEmpty = false;
        builder.accept(read);
      }
    }
    const timeline = builder.timeline();
    onTimeline(timeline, isEmpty);
    if (timeline.isOver) return;
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

async function ask(
  { base, secret, signal }: KeptCallsAccess,
  path: string,
  after: number | null,
): Promise<EventPage> {
  const url = new URL(path, base);
  if (after !== null) url.searchParams.set('after', String(after));
  const response = await fetch(url, {
    signal,
    headers: secret === '' ? {} : { authorization: `Bearer ${secret}` },
    cache: 'no-store',
    credentials: 'omit',
  });
  if (response.ok) return (await response.json()) as EventPage;
  const { code, message } = (await response.json().catch(() => ({}))) as { code?: string; message?: string };
  if (response.status === 404) throw new NothingKept(message ?? 'The server keeps no calls.');
  throw new Error(message ? `${message} (${code})` : `The server answered with status ${response.status}.`);
}
