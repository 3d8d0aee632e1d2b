/** From where audio comes to a stream: until the source or the stream ends, whichever is first. */
import type { AudioGap, AudioInput } from './audio-input.ts';
import type { AudioChunk } from './emotion-source.ts';

/** What `Recognizer.listen` takes. */
export type AudioSource = AudioInput | AsyncIterable<AudioChunk> | ReadableStream<AudioChunk>;

export interface FeedTarget {
  readonly write: (audio: AudioChunk) => Promise<void>;
  readonly gap: (samples: number) => Promise<void>;
  readonly keepAlive: () => void;
}

/** Servers end a stream on which nothing came for 10 s. */
const keepAliveMs = 4000;

export function isAudioInput(source: AudioSource): source is AudioInput {
  return 'format' in source && 'settings' in source;
}

/**
 * @param over settles when the stream is over: nothing more is read then, and the source is let go of
 * @throws what the source or the target throws
 */
export async function feed(source: AudioSource, target: FeedTarget, over: Promise<unknown>): Promise<void> {
  const iterator = iteratorOf(source);
  let isOver = false;
  const ended = over.then(
    () => {},
    () => {},
  );
  const stopped = ended.then(() => {
    isOver = true;
    return { done: true, value: undefined } as const;
  });
  let heardAtMs = Date.now();
  const timer = setInterval(() => {
    if (Date.now() - heardAtMs >= keepAliveMs) target.keepAlive();
  }, keepAliveMs);
  try {
    for (;;) {
      const next = await Promise.race([iterator.next(), stopped]);
      if (next.done) return;
      heardAtMs = Date.now();
      if ('lostSamples' in next.value) await target.gap(next.value.lostSamples);
      else await target.write(next.value);
      if (isOver) return;
    }
  } finally {
    clearInterval(timer);
    release(source, iterator);
  }
}

/** Of a source that was not read from. Does not wait either. */
export function letGo(source: AudioSource): void {
  const stopping = stopUnread(source);
  stopping.catch(() => {});
}

async function stopUnread(source: AudioSource): Promise<void> {
  if (isAudioInput(source)) await source.stop();
  else if ('getReader' in source) await source.cancel();
  // Iterators of Node's streams do nothing before they are read from.
  else if ('destroy' in source && typeof source.destroy === 'function') source.destroy();
  else await source[Symbol.asyncIterator]().return?.();
}

/** Does not wait: a source that never answers must not hold up the end of the stream. */
function release(source: AudioSource, iterator: AsyncIterator<unknown>): void {
  if (isAudioInput(source)) source.stop().catch(() => {});
  iterator.return?.().catch(() => {});
}

function iteratorOf(source: AudioSource): AsyncIterator<AudioChunk | AudioGap> {
  // Not every browser iterates over its streams.
  return 'getReader' in source ? readerOf(source) : source[Symbol.asyncIterator]();
}

function readerOf(stream: ReadableStream<AudioChunk>): AsyncIterator<AudioChunk> {
  const reader = stream.getReader();
  return {
    next: async () => {
      const { done, value } = await reader.read();
      return done ? { done, value: undefined } : { done: false, value };
    },
    return: async () => {
      await reader.cancel();
      return { done: true, value: undefined };
    },
  };
}
