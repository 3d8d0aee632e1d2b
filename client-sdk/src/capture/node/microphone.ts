/** A microphone of this machine as an `AudioInput`. The program records whether or not anybody reads. */
import { UndertoneError } from '@undertone/core';
import type { AudioFormat, AudioGap, AudioInput } from '../../client/audio-input.ts';
import type { AudioChunk } from '../../client/emotion-source.ts';
import { InputQueue } from '../input-queue.ts';
import { wholeNumber } from '../whole-number.ts';
import { Recorder, type RecorderOptions } from './recorder.ts';

export interface MicrophoneOptions extends RecorderOptions {
  /** Audio that waits for its reader, 1000 to 60000; the oldest beyond it becomes a gap. Default 10000. */
  readonly maxQueuedMs?: number;
  /** Ends the program; iteration ends with the error `aborted`. */
  readonly signal?: AbortSignal;
}

const bytesPerSample = 2;
const sampleRateHz = 16_000;
/** A pipe may give seconds at once; what is let go of in the queue is let go of in tenths. */
const packetBytes = (sampleRateHz / 10) * bytesPerSample;

/**
 * Starts to record through `rec` (SoX) or `ffmpeg`. Give it to `Recognizer.listen`, or `stop` it.
 * @throws UndertoneError `microphone_unavailable` when no such program is installed, `bad_parameter`, `aborted`. When
 * the program fails, iteration ends with `microphone_unavailable` and what it said.
 */
export async function microphone(options: MicrophoneOptions = {}): Promise<AudioInput> {
  const maxQueuedMs = wholeNumber('maxQueuedMs', options.maxQueuedMs ?? 10_000, 1000, 60_000);
  if (options.signal?.aborted) throw abortedError(options.signal);
  return new RecorderInput(new Recorder(options), maxQueuedMs, options.signal);
}

class RecorderInput implements AudioInput {
  readonly format: AudioFormat = { encoding: 'linear16', sampleRateHz, channels: 1 };
  readonly settings: Readonly<Record<string, string>>;
  readonly #recorder: Recorder;
  readonly #queue: InputQueue;
  readonly #recorded: Promise<void>;

  constructor(recorder: Recorder, maxQueuedMs: number, signal: AbortSignal | undefined) {
    this.#recorder = recorder;
    this.settings = { deviceKind: 'microphone', program: recorder.program };
    this.#queue = new InputQueue((sampleRateHz * maxQueuedMs) / 1000);
    const onAbort = (): void => {
      this.#queue.end(abortedError(signal!));
      recorder.stop();
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#recorded = this.#record().finally(() => signal?.removeEventListener('abort', onAbort));
  }

  async stop(): Promise<void> {
    this.#recorder.stop();
    await this.#recorded;
  }

  [Symbol.asyncIterator](): AsyncIterator<AudioChunk | AudioGap, undefined> {
    return {
      next: () => this.#queue.next(),
      return: async () => {
        await this.stop();
        return { done: true, value: undefined };
      },
    };
  }

  async #record(): Promise<void> {
    let odd: Uint8Array = new Uint8Array(0);
    try {
      for await (const bytes of this.#recorder.audio()) {
        const all = odd.length === 0 ? bytes : Buffer.concat([odd, bytes]);
        const whole = all.length - (all.length % bytesPerSample);
        odd = all.subarray(whole);
        for (let at = 0; at < whole; at += packetBytes) {
          const packet = all.subarray(at, Math.min(whole, at + packetBytes));
          this.#queue.push(packet, packet.length / bytesPerSample);
        }
      }
      this.#queue.end();
    } catch (error) {
      this.#queue.end(error as Error);
    }
  }
}

function abortedError(signal: AbortSignal): UndertoneError {
  return new UndertoneError('aborted', 'The caller aborted the recording.', { cause: signal.reason });
}
