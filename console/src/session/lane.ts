/** One stream of a session: where it is recognised, what it has reported, how it is doing. */
import type { ServerMessage, Summary } from '@undertone/client-sdk';
import { LatencyMeter } from '../model/latency-meter.ts';
import { type Place, placeNames } from '../model/place.ts';
import { StreamLog } from '../model/stream-log.ts';

export type LaneState = 'opening' | 'open' | 'reconnecting' | 'ended' | 'failed';

export class Lane {
  readonly place: Place;
  readonly log: StreamLog = new StreamLog();
  readonly latency: LatencyMeter = new LatencyMeter();
  state: LaneState = 'opening';
  /** A sentence about the state; empty when there is nothing to say. */
  detail = '';
  /** Was to run on the server, which could not be reached, and runs on this device. */
  hasFallenBack = false;

  constructor(place: Place) {
    this.place = place;
  }

  /** Where it is recognised in truth. */
  get placeName(): string {
    return this.hasFallenBack ? 'This device in place of the server' : placeNames[this.place];
  }

  message(message: ServerMessage, nowMs: number): void {
    const latencyMs =
      message.type === 'Emotion' ? this.latency.arrived(message.end, message.is_final, nowMs) : null;
    this.log.apply(message, latencyMs);
    if (message.type === 'Begin') this.#become('open', '');
  }

  reconnecting(reason: string, attempt: number): void {
    this.#become('reconnecting', `Connection lost, attempt ${attempt} to restore it. ${reason}`);
  }

  reconnected(): void {
    this.#become('open', 'The connection was restored; nothing was lost.');
  }

  fallenBack(reason: string): void {
    this.hasFallenBack = true;
    this.detail = `The server cannot be reached, so this device recognises. ${reason}`;
  }

  ended(summary: Summary): void {
    this.log.summary = summary;
    this.#become('ended', this.hasFallenBack ? this.detail : '');
  }

  failed(reason: string): void {
    this.#become('failed', reason);
  }

  #become(state: LaneState, detail: string): void {
    this.state = state;
    if (detail !== '' || !this.hasFallenBack) this.detail = detail;
  }
}
