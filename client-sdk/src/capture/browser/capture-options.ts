import { wholeNumber } from '../whole-number.ts';
import { type CaptureAssetOptions, captureWorkletUrl } from './capture-asset-urls.ts';

/** What all live inputs of a browser take. */
export interface CaptureOptions extends CaptureAssetOptions {
  /** 1, or 2 for devices that have two. Others are mixed. Default 1. */
  readonly channels?: 1 | 2;
  /** Audio in each packet, 20 to 100. Default 40. */
  readonly packetMs?: number;
  /** Audio that waits for its reader, 1000 to 60000; the oldest beyond it becomes a gap. Default 10000. */
  readonly maxQueuedMs?: number;
  /** Releases the device; iteration ends with the error `aborted`. */
  readonly signal?: AbortSignal;
}

export interface CaptureSettings {
  readonly channels: 1 | 2;
  readonly packetMs: number;
  readonly maxQueuedMs: number;
  readonly workletUrl: URL;
  readonly signal: AbortSignal | undefined;
}

/** @throws UndertoneError `bad_parameter` */
export function toCaptureSettings(options: CaptureOptions): CaptureSettings {
  return {
    channels: wholeNumber('channels', options.channels ?? 1, 1, 2) as 1 | 2,
    packetMs: wholeNumber('packetMs', options.packetMs ?? 40, 20, 100),
    maxQueuedMs: wholeNumber('maxQueuedMs', options.maxQueuedMs ?? 10_000, 1000, 60_000),
    workletUrl: captureWorkletUrl(options),
    signal: options.signal,
  };
}
