/** Seconds of audio of one stream, as its metrics and its summary count them. */
import type { StreamConfig } from '@undertone/proto';
import type { SessionServices, TransportName } from './session-services.ts';

export class StreamAccount {
  readonly #services: SessionServices;
  readonly #channels: number;
  /** Looked up once: a packet must not cost a search for its labels. */
  readonly #received: { inc(seconds: number): void };
  #droppedSeconds: number;

  /** @param carriedSeconds dropped before the stream came here */
  constructor(
    services: SessionServices,
    transport: TransportName,
    { encoding, channels }: Pick<StreamConfig, 'encoding' | 'channels'>,
    carriedSeconds: number,
  ) {
    this.#services = services;
    this.#channels = channels;
    this.#received = services.metrics.audioReceived.labels({ transport, encoding });
    this.#droppedSeconds = carriedSeconds;
  }

  /** Received and not heard, over all servers. */
  get droppedSeconds(): number {
    return this.#droppedSeconds;
  }

  received(seconds: number): void {
    this.#received.inc(seconds * this.#channels);
  }

  dropped(seconds: number, reason: string): void {
    this.#droppedSeconds += seconds;
    this.#services.metrics.audioDropped.inc({ reason }, seconds);
  }
}
