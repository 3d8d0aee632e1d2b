/**
 * Profiles of any thread of the process. A thread profiles itself only; recognition threads listen for requests on a
 * channel of their own, so that nothing of it stands in the way of their work.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { BroadcastChannel, threadId } from 'node:worker_threads';
import { UndertoneError } from '@undertone/core';
import { type ProfileKind, takeProfile } from './profiler.ts';

const channelName = 'undertone.profiles';
/** A thread in the middle of a batch answers after it. */
const acceptMs = 2000;

type Message =
  | { type: 'request'; id: string; thread: number; kind: ProfileKind; seconds: number }
  | { type: 'cancel'; id: string }
  | { type: 'accepted'; id: string }
  | { type: 'done'; id: string; profile: string }
  | { type: 'failed'; id: string; message: string };

/** To be called once in each thread that can be profiled; keeps no thread alive. */
export function answerProfileRequests(): void {
  const channel = new BroadcastChannel(channelName);
  channel.unref();
  const running = new Map<string, AbortController>();
  const post = (message: Message): void => channel.postMessage(message);
  const take = async (id: string, kind: ProfileKind, seconds: number): Promise<void> => {
    const cancelled = new AbortController();
    running.set(id, cancelled);
    post({ type: 'accepted', id });
    try {
      post({ type: 'done', id, profile: await takeProfile(kind, seconds, cancelled.signal) });
    } catch (cause) {
      post({ type: 'failed', id, message: (cause as Error).message });
    } finally {
      running.delete(id);
    }
  };
  channel.onmessage = (event) => {
    const message = (event as { readonly data: Message }).data;
    if (message.type === 'cancel') running.get(message.id)?.abort();
    else if (message.type === 'request' && message.thread === threadId)
      void take(message.id, message.kind, message.seconds);
  };
}

/**
 * @param thread as Node numbers threads: 0 is the main one
 * @param signal stops early
 * @throws UndertoneError `not_found` when no such thread answers
 */
export async function profileThread(
  thread: number,
  kind: ProfileKind,
  seconds: number,
  signal: AbortSignal,
): Promise<string> {
  if (thread === threadId) return takeProfile(kind, seconds, signal);
  const id = randomUUID();
  const channel = new BroadcastChannel(channelName);
  const answers = new EventTarget();
  // A thread that dies answers nothing.
  const given = AbortSignal.any([signal, AbortSignal.timeout(seconds * 1000 + 10 * acceptMs)]);
  const accepted = once(answers, 'accepted', {
    signal: AbortSignal.any([signal, AbortSignal.timeout(acceptMs)]),
  });
  const profile = new Promise<string>((resolve, reject) => {
    channel.onmessage = (event) => {
      const message = (event as { readonly data: Message }).data;
      if (message.id !== id) return;
      if (message.type === 'accepted') answers.dispatchEvent(new Event('accepted'));
      else if (message.type === 'done') resolve(message.profile);
      else if (message.type === 'failed') reject(new Error(message.message));
    };
    given.addEventListener('abort', () => reject(given.reason), { once: true });
  });
  profile.catch(() => {});
  try {
    channel.postMessage({ type: 'request', id, thread, kind, seconds } satisfies Message);
    await accepted.catch(() => {
      signal.throwIfAborted();
      throw new UndertoneError('not_found', `Expected thread to be one that runs; got ${thread}.`);
    });
    return await profile;
  } finally {
    channel.postMessage({ type: 'cancel', id } satisfies Message);
    channel.close();
  }
}
