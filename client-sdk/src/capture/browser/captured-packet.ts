/** What the audio thread and the page tell one another. */

export interface WorkletSettings {
  readonly channels: number;
  /** Per channel. */
  readonly packetSamples: number;
}

export interface CapturedPacket {
  /** Interleaved. */
  readonly samples: Int16Array<ArrayBuffer>;
  /** `Date.now()` on the audio thread when the packet was full. */
  readonly wallMs: number;
  /** Of all samples, full scale 1. */
  readonly sumOfSquares: number;
  /** The largest magnitude, full scale 1. */
  readonly peak: number;
}

export const processorName = 'undertone-capture';
