/** One input for several streams: what one recogniser does must not hold up or starve the other. */
import type { AudioChunk } from '@undertone/client-sdk';
import type { AudioFormat, AudioGap, AudioInput } from '@undertone/client-sdk/browser';

export type Packet = AudioChunk | AudioGap;

export interface BranchOptions {
  /** Live audio cannot wait: a branch that is not read loses its oldest audio, as a gap. Other audio waits for its readers. */
  readonly isLive: boolean;
  /** Audio that may wait in a branch. */
  readonly maxQueuedSeconds: number;
  /** Every packet once, when it comes. */
  readonly onPacket: (packet: Packet) => void;
  /** A branch has handed audio over that ends at this position. */
  readonly onSent: (branch: number, endSeconds: number) => void;
}

export function isGap(packet: Packet): packet is AudioGap {
  return 'lostSamples' in packet;
}

/** Samples per channel. */
export function packetFrames(packet: Packet, channels: number): number {
  return isGap(packet) ? packet.lostSamples : Math.floor(packet.length / channels);
}

/** A copy whose samples can be counted and drawn: bytes of linear16 and float32 become samples. */
function ownPacket(packet: Packet, { encoding }: AudioFormat): Packet {
  if (isGap(packet)) return packet;
  const copy = packet.slice();
  if (!(copy instanceof Uint8Array)) return copy;
  if (encoding === 'linear16') return new Int16Array(copy.buffer, 0, copy.length >> 1);
  if (encoding === 'float32') return new Float32Array(copy.buffer, 0, copy.length >> 2);
  return copy;
}

export function branchInput(input: AudioInput, count: number, options: BranchOptions): readonly AudioInput[] {
  const onLeft = (): void => {
    if (branches.every((branch) => branch.isLeft)) void input.stop();
  };
  const branches = Array.from({ length: count }, (_, index) => new Branch(input, index, options, onLeft));
  const pump = async (): Promise<void> => {
    try {
      for await (const packet of input) {
        const own = ownPacket(packet, input.format);
        options.onPacket(own);
        for (const branch of branches) branch.push(own);
        if (branches.every((branch) => branch.isLeft)) break;
        if (!options.isLive) await Promise.all(branches.map((branch) => branch.room()));
      }
      for (const branch of branches) branch.end(null);
    } catch (cause) {
      for (const branch of branches) branch.end(cause);
    } finally {
      await input.stop();
    }
  };
  void pump();
  return branches;
}

class Branch implements AudioInput {
  readonly format: AudioFormat;
  readonly settings: Readonly<Record<string, string>>;
  readonly #index: number;
  readonly #options: BranchOptions;
  readonly #onLeft: () => void;
  readonly #maxQueuedFrames: number;
  readonly #queue: Packet[] = [];
  #queuedFrames = 0;
  #sentFrames = 0;
  #isLeft = false;
  #over: { readonly cause: unknown } | null = null;
  #wake: (() => void) | null = null;
  #roomMade: (() => void) | null = null;

  constructor(input: AudioInput, index: number, options: BranchOptions, onLeft: () => void) {
    this.format = input.format;
    this.settings = input.settings;
    this.#index = index;
    this.#options = options;
    this.#onLeft = onLeft;
    this.#maxQueuedFrames = options.maxQueuedSeconds * input.format.sampleRateHz;
  }

  /** Nobody reads it any more. */
  get isLeft(): boolean {
    return this.#isLeft;
  }

  push(packet: Packet): void {
    if (this.#isLeft) return;
    this.#queue.push(packet);
    this.#queuedFrames += packetFrames(packet, this.format.channels);
    if (this.#options.isLive) this.#letGo();
    this.#wake?.();
  }

  /** Resolves when more may be pushed. */
  async room(): Promise<void> {
    if (this.#isLeft || this.#queuedFrames <= this.#maxQueuedFrames) return;
    await new Promise<void>((resolve) => {
      this.#roomMade = resolve;
    });
  }

  end(cause: unknown): void {
    this.#over ??= { cause };
    this.#wake?.();
  }

  /** Leaves the branch; the input is released when all have. */
  async stop(): Promise<void> {
    if (this.#isLeft) return;
    this.#isLeft = true;
    this.#queue.length = 0;
    this.end(null);
    this.#roomMade?.();
    this.#onLeft();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Packet, void, undefined> {
    try {
      for (;;) {
        const packet = this.#take();
        if (packet) {
          yield packet;
        } else if (this.#over) {
          if (this.#over.cause !== null) throw this.#over.cause;
          return;
        } else {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
          this.#wake = null;
        }
      }
    } finally {
      await this.stop();
    }
  }

  #take(): Packet | null {
    const packet = this.#queue.shift();
    if (!packet) return null;
    const frames = packetFrames(packet, this.format.channels);
    this.#queuedFrames -= frames;
    this.#sentFrames += frames;
    this.#options.onSent(this.#index, this.#sentFrames / this.format.sampleRateHz);
    if (this.#queuedFrames <= this.#maxQueuedFrames) this.#roomMade?.();
    return packet;
  }

  /** The oldest audio becomes one gap at the head of the queue, so that the clock goes on. */
  #letGo(): void {
    if (this.#queuedFrames <= this.#maxQueuedFrames) return;
    let lostSamples = 0;
    while (this.#queue.length > 0 && this.#queuedFrames - lostSamples > this.#maxQueuedFrames / 2)
      lostSamples += packetFrames(this.#queue.shift()!, this.format.channels);
    this.#queue.unshift({ lostSamples, reason: 'client' });
  }
}
