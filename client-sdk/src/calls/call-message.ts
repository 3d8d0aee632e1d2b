/** What a call's timeline takes of messages. */
import type { Role } from '@undertone/proto';

export type CallMessage =
  | BeginSaid
  | ResultSaid
  | SpeechSaid
  | AlertSaid
  | GapSaid
  | SummarySaid
  | TrendSaid
  | ErrorSaid;

export interface BeginSaid {
  readonly type: 'Begin';
  /** `name@version` */
  readonly model: string;
  readonly roles: readonly Role[];
  /** Roles that are analysed. */
  readonly analyze: readonly string[];
}

export interface ResultSaid {
  readonly type: 'Emotion';
  readonly channel: number;
  readonly role: Role;
  readonly segment: number;
  readonly revision: number;
  /** Seconds of the stream's audio. */
  readonly start: number;
  readonly end: number;
  readonly isFinal: boolean;
  readonly label: string | null;
  readonly confidence: number;
  readonly sentiment: string | null;
  /** -1 to 1; null where they were not asked for. */
  readonly valence: number | null;
  readonly arousal: number | null;
}

export interface SpeechSaid {
  readonly type: 'SpeechStarted' | 'SpeechEnded';
  readonly channel: number;
  readonly time: number;
}

export interface AlertSaid {
  readonly type: 'Alert';
  readonly id: string;
  readonly channel: number;
  readonly role: Role;
  readonly rule: string;
  readonly level: 'info' | 'warn' | 'critical';
  readonly isOpened: boolean;
  readonly since: number;
  readonly time: number;
  readonly score: number | null;
}

export interface GapSaid {
  readonly type: 'Gap';
  readonly start: number;
  readonly duration: number;
  readonly reason: string;
}

/** Where the valence of a voice turned, and its means before and after. */
export interface TurningPoint {
  readonly channel: number;
  readonly time: number;
  readonly before: number | null;
  readonly after: number | null;
}

export interface SummarySaid {
  readonly type: 'Summary';
  readonly seconds: number;
  readonly reason: string;
  /** Per channel, as far as it was told. */
  readonly speechSeconds: readonly number[];
  readonly roles: ReadonlyMap<number, Role>;
  readonly turningPoints: readonly TurningPoint[];
}

export interface TrendSaid {
  readonly type: 'Trend';
  readonly channel: number;
  readonly time: number;
  readonly valence: number | null;
  readonly arousal: number | null;
  /** The newest of the stream. */
  readonly turningPoint: TurningPoint | null;
}

export interface ErrorSaid {
  readonly type: 'Error';
  readonly code: string;
  readonly message: string;
}
