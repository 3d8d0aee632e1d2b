/** What a checkpoint holds: everything another server needs to go on with a stream, as bytes to be sealed. */
import { UndertoneError } from '@undertone/core';
import {
  buildStreamQuery,
  type EmotionMessage,
  ProtocolError,
  parseStreamQuery,
  type StreamConfig,
} from '@undertone/proto';

export interface CheckpointContent {
  readonly sessionId: string;
  /** Whose stream it is. */
  readonly principal: string;
  /** In effect at this position. */
  readonly config: StreamConfig;
  /** Position: whole samples per channel at the stream's rate. */
  readonly sample: number;
  /** Seconds of audio received and dropped up to here. */
  readonly audioSeconds: number;
  readonly droppedSeconds: number;
  readonly isPaused: boolean;
  /** Where the audio began that is not heard now, in samples; null when it is heard. */
  readonly unheardFrom: number | null;
  /** State of the alerts, base64url; absent for a stream without. */
  readonly alerts?: string;
  /** Final results that were not acknowledged. */
  readonly finals: readonly EmotionMessage[];
  /** Milliseconds since 1970. */
  readonly issuedAtMs: number;
  /** Events before this position, by channel. */
  readonly ordinals: readonly number[];
  /** Of the recogniser; empty for a stream at its beginning. */
  readonly snapshot: Uint8Array;
}

/** Bytes of the length that stands before the text. */
const lengthBytes = 4;

export function encodeCheckpoint({ snapshot, ...rest }: CheckpointContent): Uint8Array {
  const text = Buffer.from(JSON.stringify(rest), 'utf8');
  const bytes = Buffer.allocUnsafe(lengthBytes + text.length + snapshot.length);
  bytes.writeUInt32LE(text.length, 0);
  text.copy(bytes, lengthBytes);
  bytes.set(snapshot, lengthBytes + text.length);
  return bytes;
}

/**
 * The seal says that it is our own; it may be of another version, whose settings are checked and completed like those
 * of a new stream.
 * @throws UndertoneError `bad_checkpoint`
 */
export function decodeCheckpoint(sealed: Uint8Array): CheckpointContent {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  try {
    const end = lengthBytes + bytes.readUInt32LE(0);
    const text = bytes.toString('utf8', lengthBytes, end);
    const content = JSON.parse(text) as Omit<CheckpointContent, 'snapshot'>;
    const {
      sessionId,
      principal,
      config,
      sample,
      audioSeconds,
      droppedSeconds,
      finals,
      ordinals,
      issuedAtMs,
    } = content;
    const numbers = [sample, audioSeconds, droppedSeconds, issuedAtMs];
    if (!numbers.every((value) => Number.isFinite(value) && value >= 0))
      throw new RangeError('a number is none');
    if (
      typeof sessionId !== 'string' ||
      typeof principal !== 'string' ||
      !Array.isArray(finals) ||
      !Array.isArray(ordinals) ||
      !['string', 'undefined'].includes(typeof content.alerts)
    ) {
      throw new TypeError('a field is missing');
    }
    const query = parseStreamQuery(new URLSearchParams(buildStreamQuery(config)));
    return {
      ...content,
      config: { ...query, model: config.model },
      isPaused: content.isPaused === true,
      unheardFrom: content.unheardFrom ?? null,
      snapshot: Uint8Array.from(bytes.subarray(end)),
    };
  } catch (cause) {
    if (!(cause instanceof ProtocolError) && !(cause instanceof Error)) throw cause;
    const message = `Expected the content of a checkpoint; it cannot be read: ${cause.message}.`;
    throw new UndertoneError('bad_checkpoint', message, { cause });
  }
}
