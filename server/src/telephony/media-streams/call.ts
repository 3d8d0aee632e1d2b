/**
 * One call: puts its messages in order, its audio where it belongs in time, and hands both to a session. What is wrong with one
 * message is counted and left out; the call goes on.
 */
import type { Session } from '../../session/session.ts';
import type { MediaMessage, StartMessage } from './messages.ts';
import { SequenceOrder } from './sequence-order.ts';
import { type MixedAudio, TrackMixer } from './track-mixer.ts';

/** Why a message or part of it was left out; the value of the metrics' label `reason`. */
export type LeftOut = 'other_track' | 'late' | 'lost' | 'overlap' | 'bad_message' | 'other_stream';

/** Messages that may come before one with a lower number. */
const orderWindow = 8;

export class MediaStreamCall {
  readonly #session: Session;
  readonly #mixer: TrackMixer;
  readonly #order: SequenceOrder<MediaMessage | null>;
  readonly #onLeftOut: (reason: LeftOut, count: number) => void;
  #told = { lost: 0, late: 0, overlap: 0 };
  #isOver = false;

  constructor(
    start: StartMessage,
    tracks: readonly string[],
    session: Session,
    onLeftOut: (reason: LeftOut, count: number) => void,
  ) {
    this.#session = session;
    this.#mixer = new TrackMixer({ ...start, tracks });
    this.#order = new SequenceOrder(start.sequence === null ? null : start.sequence + 1, orderWindow);
    this.#onLeftOut = onLeftOut;
  }

  get session(): Session {
    return this.#session;
  }

  hears(track: string): boolean {
    return this.#mixer.hears(track);
  }

  media(message: MediaMessage): void {
    if (this.#isOver) {
      this.#onLeftOut('late', 1);
      return;
    }
    this.#handle(this.#order.push(message.sequence, message));
  }

  /** A message that is numbered as the others are and has no audio. */
  other(sequence: number | null): void {
    if (sequence !== null && !this.#isOver) this.#handle(this.#order.push(sequence, null));
  }

  /** The call is over: last results and summary follow. Idempotent. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#handle(this.#order.flush());
    this.#give(this.#mixer.flush());
    this.#session.receive({ type: 'CloseStream' });
  }

  #handle(messages: readonly (MediaMessage | null)[]): void {
    for (const message of messages) {
      if (!message) continue;
      const { track, timestampMs, audio } = message;
      if (!this.#mixer.hears(track)) this.#onLeftOut('other_track', 1);
      else this.#give(this.#mixer.push(track, timestampMs, audio));
    }
    this.#tell('lost', this.#order.lost);
    this.#tell('late', this.#order.late);
    this.#tell('overlap', this.#mixer.overlapSamples);
  }

  #give(audio: readonly MixedAudio[]): void {
    for (const piece of audio) {
      if (piece.kind === 'audio') this.#session.receiveAudio(piece.bytes);
      else this.#session.receive({ type: 'Gap', samples: piece.samples });
    }
  }

  #tell(reason: 'lost' | 'late' | 'overlap', total: number): void {
    const count = total - this.#told[reason];
    if (count === 0) return;
    this.#told[reason] = total;
    this.#onLeftOut(reason, count);
  }
}
