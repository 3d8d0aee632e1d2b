/**
 * Live audio of a MediaStream. Watches over it: when the browser or the system stops the audio, or the device goes, it is
 * brought back, and the time between becomes a gap of its length.
 */
import type { UndertoneError } from '@undertone/core';
import { asUndertoneError } from '../../client/as-undertone-error.ts';
import type { AudioFormat, AudioGap } from '../../client/audio-input.ts';
import type { AudioChunk } from '../../client/emotion-source.ts';
import { Listeners } from '../listeners.ts';
import { abortedError, blockedError } from './capture-errors.ts';
import { CaptureGraph } from './capture-graph.ts';
import type { CaptureEvents, CaptureInput, CaptureState } from './capture-input.ts';
import type { CaptureSettings } from './capture-options.ts';
import type { CapturedPacket } from './captured-packet.ts';
import { HeardOrMuted } from './heard-or-muted.ts';
import { type AudioLevel, LevelMeter, silentLevel } from './level-meter.ts';
import type { LiveSource } from './live-source.ts';
import { restoreAudio } from './restore-audio.ts';

const startMs = 1000;
const checkMs = 500;
/** What the model hears; the device's rate where the browser does not give it. */
const wantedRatesHz = [16_000, 48_000, undefined];

export class LiveInput implements CaptureInput {
  readonly format: AudioFormat;
  readonly #source: LiveSource;
  readonly #settings: CaptureSettings;
  readonly #listeners = new Listeners<CaptureEvents>(['level', 'state', 'mute', 'gap', 'deviceChange']);
  readonly #audio: HeardOrMuted;
  readonly #meter: LevelMeter;
  readonly #checking: ReturnType<typeof setInterval>;
  /** Cancels what brings the audio back. */
  readonly #over = new AbortController();
  #graph: CaptureGraph;
  #restoring: Promise<void> | null = null;
  #ending: Promise<void> | null = null;
  #state: CaptureState = 'running';
  #packets = 0;
  #mutedByCaller = false;
  #isMuted = false;
  #level = silentLevel;

  /** Releases the source when it fails. @throws UndertoneError also `audio_context_blocked`, `aborted` */
  static async open(source: LiveSource, settings: CaptureSettings): Promise<LiveInput> {
    let input: LiveInput | null = null;
    try {
      if (settings.signal?.aborted) throw abortedError(settings.signal);
      const graph = await CaptureGraph.open({
        ...settings,
        stream: source.stream,
        sampleRatesHz: wantedRatesHz,
        onPacket: (packet) => input?.receive(packet, graph),
        onStateChange: () => input?.watch(),
      });
      if (!(await graph.start(startMs)) || settings.signal?.aborted) {
        const error = settings.signal?.aborted ? abortedError(settings.signal) : blockedError(graph.state);
        await graph.close();
        throw error;
      }
      input = new LiveInput(source, settings, graph);
      return input;
    } catch (error) {
      source.release();
      throw asUndertoneError(error);
    }
  }

  private constructor(source: LiveSource, settings: CaptureSettings, graph: CaptureGraph) {
    const { channels, maxQueuedMs, signal } = settings;
    const { sampleRateHz } = graph;
    this.format = { encoding: 'linear16', sampleRateHz, channels };
    this.#source = source;
    this.#settings = settings;
    this.#graph = graph;
    this.#meter = new LevelMeter(sampleRateHz, channels);
    this.#audio = new HeardOrMuted({
      sampleRateHz,
      channels,
      maxQueuedMs,
      onGap: (gap) => this.#listeners.emit('gap', gap),
    });
    source.onEnded = () => this.watch();
    source.onMute = () => this.#updateMuted();
    this.#updateMuted();
    this.#checking = setInterval(() => {
      if (this.#audio.check({ pageMs: performance.now(), wallMs: Date.now() })) this.#restore();
    }, checkMs);
    signal?.addEventListener('abort', () => void this.#end(abortedError(signal)), {
      once: true,
      signal: this.#over.signal,
    });
    if (source.isEnded) this.watch();
  }

  get settings(): Readonly<Record<string, string>> {
    return this.#source.settings;
  }

  get state(): CaptureState {
    return this.#state;
  }

  get isMuted(): boolean {
    return this.#isMuted;
  }

  get level(): AudioLevel {
    return this.#level;
  }

  get lostSamples(): number {
    return this.#audio.lostSamples;
  }

  mute(): void {
    this.#mutedByCaller = true;
    this.#source.setHearing(false);
    this.#updateMuted();
  }

  unmute(): void {
    this.#mutedByCaller = false;
    this.#source.setHearing(true);
    this.#updateMuted();
  }

  async resume(): Promise<void> {
    if (this.#state === 'ended') return;
    if (!(await this.#graph.start(startMs))) throw blockedError(this.#graph.state);
  }

  on<Name extends keyof CaptureEvents>(
    name: Name,
    listener: (...values: CaptureEvents[Name]) => void,
  ): () => void {
    return this.#listeners.on(name, listener);
  }

  stop(): Promise<void> {
    return this.#end(null);
  }

  [Symbol.asyncIterator](): AsyncIterator<AudioChunk | AudioGap, undefined> {
    return {
      next: () => this.#audio.queue.next(),
      return: async () => {
        await this.stop();
        return { done: true, value: undefined };
      },
    };
  }

  /** @internal from the graph; one that was replaced is not heard */
  receive(packet: CapturedPacket, graph: CaptureGraph): void {
    if (graph !== this.#graph || this.#state === 'ended') return;
    this.#packets++;
    this.#setState('running');
    this.#audio.packet(packet, this.#isMuted);
    const level = this.#isMuted
      ? this.#meter.add(0, 0, packet.samples.length)
      : this.#meter.add(packet.sumOfSquares, packet.peak, packet.samples.length);
    if (!level) return;
    this.#level = level;
    this.#listeners.emit('level', level);
  }

  /** @internal the context or the source is not what it was */
  watch(): void {
    if (this.#source.isEnded && !this.#source.reopen) void this.stop();
    else if (this.#source.isEnded || this.#graph.state !== 'running') this.#restore();
  }

  #restore(): void {
    if (this.#restoring || this.#over.signal.aborted) return;
    this.#setState('interrupted');
    this.#restoring = restoreAudio({
      source: this.#source,
      signal: this.#over.signal,
      graph: () => this.#graph,
      packets: () => this.#packets,
      replaceGraph: () => this.#replaceGraph(),
      onOtherDevice: () => this.#listeners.emit('deviceChange', this.settings),
    })
      .catch((error) => {
        void this.#end(asUndertoneError(error));
      })
      .finally(() => {
        this.#restoring = null;
        // It may have gone again while it came back.
        this.watch();
      });
  }

  async #replaceGraph(): Promise<void> {
    await this.#graph.close();
    const { sampleRateHz } = this.format;
    const graph = await CaptureGraph.open({
      ...this.#settings,
      stream: this.#source.stream,
      sampleRatesHz: [sampleRateHz],
      onPacket: (packet) => this.receive(packet, graph),
      onStateChange: () => this.watch(),
    });
    if (this.#over.signal.aborted) await graph.close();
    else this.#graph = graph;
  }

  #updateMuted(): void {
    const isMuted = this.#mutedByCaller || this.#source.isMuted;
    if (isMuted === this.#isMuted) return;
    this.#isMuted = isMuted;
    this.#listeners.emit('mute', isMuted);
  }

  #setState(state: CaptureState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#listeners.emit('state', state);
  }

  #end(error: UndertoneError | null): Promise<void> {
    this.#ending ??= this.#close(error);
    return this.#ending;
  }

  async #close(error: UndertoneError | null): Promise<void> {
    clearInterval(this.#checking);
    this.#over.abort();
    await (error ? this.#graph.close() : this.#graph.finish());
    this.#source.release();
    this.#audio.end(error);
    this.#setState('ended');
  }
}
