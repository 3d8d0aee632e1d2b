/**
 * Runs on the audio thread: gathers blocks of 128 samples into packets of 16-bit samples and hands them over. A module of
 * its own without imports, because the browser loads it by its address.
 */
import type { CapturedPacket, WorkletSettings } from './captured-packet.ts';

declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(
  name: string,
  processor: new (options: { processorOptions: WorkletSettings }) => AudioWorkletProcessor,
): void;

/** The browser gives no block at all while nothing is connected; time goes on. */
const blockSamples = 128;

class CaptureProcessor extends AudioWorkletProcessor {
  readonly #channels: number;
  readonly #packetValues: number;
  #packet: Int16Array<ArrayBuffer>;
  /** Values of `#packet`, all channels. */
  #filled = 0;
  #sumOfSquares = 0;
  #peak = 0;
  #open = true;

  constructor({ processorOptions }: { processorOptions: WorkletSettings }) {
    super();
    this.#channels = processorOptions.channels;
    this.#packetValues = processorOptions.packetSamples * this.#channels;
    this.#packet = new Int16Array(this.#packetValues);
    // Any message asks for the rest.
    this.port.onmessage = () => {
      this.#open = false;
      this.#send();
      this.port.postMessage(null);
    };
  }

  process([input]: readonly (readonly Float32Array[])[]): boolean {
    if (!this.#open) return false;
    const samples = input?.[0]?.length ?? blockSamples;
    for (let i = 0; i < samples; i++) {
      for (let channel = 0; channel < this.#channels; channel++) this.#add(input?.[channel]?.[i] ?? 0);
      if (this.#filled === this.#packetValues) this.#send();
    }
    return true;
  }

  /** Full scale 32768, rounded, clipped. */
  #add(value: number): void {
    this.#packet[this.#filled++] = Math.max(-32768, Math.min(32767, Math.round(value * 32768)));
    this.#sumOfSquares += value * value;
    this.#peak = Math.max(this.#peak, Math.abs(value));
  }

  #send(): void {
    if (this.#filled === 0) return;
    const samples = this.#packet.slice(0, this.#filled);
    const packet: CapturedPacket = {
      samples,
      wallMs: Date.now(),
      sumOfSquares: this.#sumOfSquares,
      peak: this.#peak,
    };
    this.port.postMessage(packet, [samples.buffer]);
    this.#filled = 0;
    this.#sumOfSquares = 0;
    this.#peak = 0;
  }
}

// `processorName` of captured-packet.ts, which cannot be imported here.
registerProcessor('undertone-capture', CaptureProcessor);
