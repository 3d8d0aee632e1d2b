/** One AudioContext that brings the audio of a stream to the page: source, worklet, packets. Made anew when it fails. */
import type { CapturedPacket, WorkletSettings } from './captured-packet.ts';
import { processorName } from './captured-packet.ts';
import { loadWorklet } from './load-worklet.ts';

export interface CaptureGraphRequest {
  readonly stream: MediaStream;
  readonly channels: number;
  readonly packetMs: number;
  /** To be tried in order; undefined is what the device has. */
  readonly sampleRatesHz: readonly (number | undefined)[];
  readonly workletUrl: URL;
  onPacket(packet: CapturedPacket): void;
  onStateChange(): void;
}

/** The rest of a packet comes at once, or the audio thread stands still. */
const restMs = 200;

export class CaptureGraph {
  readonly #context: AudioContext;
  readonly #source: MediaStreamAudioSourceNode;
  readonly #worklet: AudioWorkletNode;
  #onRest: (() => void) | null = null;
  #isClosed = false;

  /** @throws UndertoneError as `loadWorklet`; what the browser throws when it can capture at none of the rates */
  static async open(request: CaptureGraphRequest): Promise<CaptureGraph> {
    const { context, source } = openContext(request);
    try {
      await loadWorklet(context, request.workletUrl);
      return new CaptureGraph(context, source, request);
    } catch (error) {
      await context.close().catch(() => {});
      throw error;
    }
  }

  private constructor(
    context: AudioContext,
    source: MediaStreamAudioSourceNode,
    { channels, packetMs, onPacket, onStateChange }: CaptureGraphRequest,
  ) {
    this.#context = context;
    this.#source = source;
    const settings: WorkletSettings = {
      channels,
      packetSamples: Math.round((context.sampleRate * packetMs) / 1000),
    };
    this.#worklet = new AudioWorkletNode(context, processorName, {
      numberOfInputs: 1,
      numberOfOutputs: 0,
      channelCount: channels,
      channelCountMode: 'explicit',
      processorOptions: settings,
    });
    this.#worklet.port.onmessage = ({ data }: MessageEvent<CapturedPacket | null>) => {
      if (data === null) this.#onRest?.();
      else if (!this.#isClosed) onPacket(data);
    };
    context.addEventListener('statechange', () => {
      if (!this.#isClosed) onStateChange();
    });
    source.connect(this.#worklet);
  }

  get sampleRateHz(): number {
    return this.#context.sampleRate;
  }

  /** Of the context: `suspended`, `running`, `closed`, and `interrupted` on phones. */
  get state(): string {
    return this.#context.state;
  }

  /** Asks for it to run. @returns whether it does, at the latest after `limitMs` */
  async start(limitMs: number): Promise<boolean> {
    if (this.#context.state === 'running') return true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, limitMs);
    });
    await Promise.race([this.#context.resume().catch(() => {}), limit]);
    clearTimeout(timer);
    // It may have changed meanwhile, whatever the compiler concludes from the line above.
    return (this.#context.state as string) === 'running';
  }

  /** Gives the packet that is not full yet. */
  async finish(): Promise<void> {
    if (this.#isClosed) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((resolve) => {
      this.#onRest = resolve;
      timer = setTimeout(resolve, restMs);
      this.#worklet.port.postMessage(null);
    });
    clearTimeout(timer);
    await this.close();
  }

  /** Idempotent. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#source.disconnect();
    this.#worklet.port.close();
    if (this.#context.state !== 'closed') await this.#context.close().catch(() => {});
  }
}

/** Some browsers connect a device only to a context of its own rate, and say so when it is connected. */
function openContext({ stream, sampleRatesHz }: CaptureGraphRequest): {
  context: AudioContext;
  source: MediaStreamAudioSourceNode;
} {
  let refusal: unknown;
  for (const sampleRate of sampleRatesHz) {
    let context: AudioContext | null = null;
    try {
      context = new AudioContext({
        latencyHint: 'interactive',
        ...(sampleRate === undefined ? {} : { sampleRate }),
      });
      return { context, source: context.createMediaStreamSource(stream) };
    } catch (error) {
      refusal = error;
      context?.close().catch(() => {});
    }
  }
  throw refusal;
}
