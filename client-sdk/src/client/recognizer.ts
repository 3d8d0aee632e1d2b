/**
 * One stream of speech, recognised on a server or on this device: the same options, events and results either way. Nothing
 * happens before the first of `start`, `write`, `listen`, `opened` and iteration.
 */
import { UndertoneError } from '@undertone/core';
import type { ClientMessage, ServerMessage, StreamConfig, StreamQuery } from '@undertone/proto';
import { type AudioSource, feed, isAudioInput, letGo } from './audio-feed.ts';
import { ConfigureAnswers, type StreamChanges, toConfigureMessage } from './configure.ts';
import type { AudioChunk, Begin, EmotionEvents, Summary } from './emotion-source.ts';
import { expectFormat, withInput } from './input-options.ts';
import { PlacedEngine } from './placed-engine.ts';
import { checkRecognizerOptions, modeOf, type RecognizerOptions } from './recognizer-options.ts';
import { StreamLifecycle } from './stream-lifecycle.ts';
import { resolveStreamQuery } from './stream-query.ts';

export class Recognizer implements AsyncIterable<ServerMessage> {
  #options: RecognizerOptions;
  readonly #life: StreamLifecycle;
  readonly #answers = new ConfigureAnswers();
  #query: StreamQuery;
  readonly #engine: PlacedEngine;
  #isStarted = false;
  #summary: Summary | null = null;

  /** @throws UndertoneError `bad_parameter`, with what was expected */
  constructor(options: RecognizerOptions = {}) {
    checkRecognizerOptions(options);
    this.#options = options;
    this.#query = resolveStreamQuery(options);
    this.#life = new StreamLifecycle(options, () => {
      this.#engine.terminate();
      this.#answers.end(this.#life.overError());
    });
    this.#engine = new PlacedEngine(modeOf(options), this.#life.hub, {
      onMessage: (message) => this.#receive(message),
      onEnd: (error) => {
        if (error) this.#life.fail(error);
        else if (this.#summary) this.#life.succeed(this.#summary);
      },
    });
  }

  /** Where audio is recognised: in the mode `auto` it changes with the event `fallback`. */
  get place(): 'server' | 'local' {
    return this.#engine.place;
  }

  /** The first message. Starts; rejects with what kept the stream from opening. */
  get opened(): Promise<Begin> {
    return this.start();
  }

  /** Connects, or loads the model. Idempotent. */
  start(): Promise<Begin> {
    this.#start();
    return this.#life.begin.promise;
  }

  /**
   * Hears a microphone, a file or any stream of audio until it ends or the stream does. An `AudioInput` says its own format,
   * and what it lost becomes a `Gap`.
   * @returns the summary, as `close` does; rejects with what ended the source or the stream early
   */
  async listen(source: AudioSource): Promise<Summary> {
    const isInput = isAudioInput(source);
    let isFed = false;
    try {
      if (isInput && this.#isStarted) expectFormat(this.#options, source.format);
      else if (isInput) this.#options = withInput(this.#options, source);
      await this.start();
      isFed = true;
      await feed(
        source,
        {
          write: (audio) => this.write(audio),
          gap: (samples) => this.gap(samples),
          keepAlive: () => this.keepAlive(),
        },
        this.#life.ended,
      );
    } catch (error) {
      if (!isFed) letGo(source);
      // The stream's own end says better why it is over than what came after it.
      if (this.#life.isOver) return this.#life.ended;
      await this.close().catch(() => {});
      throw error;
    }
    return this.close();
  }

  /**
   * Takes audio, cut anywhere. Resolves when there is room for more, so await it; leave the chunk unchanged until
   * then. Rejects with `overloaded` when more than 16 MiB wait, and when the stream is over; the latter is told by
   * the events too and brings no program down that does not look at the promise.
   */
  write(audio: AudioChunk): Promise<void> {
    this.#start();
    return this.#life.write(audio, this.#query.encoding, async (bytes) => {
      await this.#engine.sendAudio(bytes);
      if (this.#life.isOver) throw this.#life.overError();
    });
  }

  /** Audio of so many samples per channel is missing here: more than 0.2 s end open segments. */
  gap(samples: number): Promise<void> {
    if (!Number.isSafeInteger(samples) || samples < 0) {
      const message = `Expected a count of samples that are missing; got ${samples}.`;
      return Promise.reject(new UndertoneError('bad_parameter', message));
    }
    return samples === 0 ? Promise.resolve() : this.#send({ type: 'Gap', samples });
  }

  /** From here on audio is dropped unheard; its time counts. */
  pause(): Promise<void> {
    return this.#send({ type: 'Pause' });
  }

  resume(): Promise<void> {
    return this.#send({ type: 'Resume' });
  }

  /**
   * Changes options from here on.
   * @returns the configuration in effect; rejects with what was wrong, and nothing has changed then
   */
  async configure(changes: StreamChanges): Promise<StreamConfig> {
    let answer: Promise<StreamConfig> | null = null;
    await this.#order(async () => {
      answer = this.#answers.next();
      await this.#engine.sendMessage(toConfigureMessage(changes));
    });
    return answer!;
  }

  /** Asks for the final result of open segments, after what was written. */
  finalize(): Promise<void> {
    return this.#send({ type: 'Finalize' });
  }

  /** Tells that silence is intended: resets the server's idle timer. `listen` does it by itself. */
  keepAlive(): void {
    void this.#send({ type: 'KeepAlive' });
  }

  /**
   * Ends the audio; resolves with the summary, after all results. Idempotent. What was never started ends with `aborted`.
   */
  close(): Promise<Summary> {
    if (!this.#isStarted) {
      this.#isStarted = true;
      this.#life.fail(new UndertoneError('aborted', 'Expected a stream to close; it was never started.'));
    }
    return this.#life.close(() => this.#engine.sendMessage({ type: 'CloseStream' }));
  }

  /** Returns a function that takes the listener off again. */
  on<Name extends keyof EmotionEvents>(
    name: Name,
    listener: (...values: EmotionEvents[Name]) => void,
  ): () => void {
    return this.#life.hub.on(name, listener);
  }

  /**
   * All messages. A slow reader misses interim results that newer ones have replaced, and gets the error `slow_client` when
   * more than `maxQueuedMessages` others wait. Leaving the loop does not end the stream.
   */
  [Symbol.asyncIterator](): AsyncIterator<ServerMessage, undefined> {
    this.#start();
    return this.#life.hub.queue[Symbol.asyncIterator]();
  }

  #send(message: ClientMessage): Promise<void> {
    return this.#order(() => this.#engine.sendMessage(message));
  }

  #order(work: () => Promise<void>): Promise<void> {
    this.#start();
    return this.#life.whileOpen(work);
  }

  #start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.#life.start();
    this.#query = resolveStreamQuery(this.#options);
    this.#engine.open(this.#options, this.#query);
  }

  #receive(message: ServerMessage): void {
    if (this.#life.isOver) return;
    if (message.type === 'Begin') this.#life.begin.resolve(message);
    if (message.type === 'Summary') this.#summary = message;
    this.#answers.hear(message);
    this.#life.hub.dispatch(message);
  }
}
