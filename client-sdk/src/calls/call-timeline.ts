/** A call as it went: what was said about it, in whatever order and however often that came, brought into one picture. */
import type { Role } from '@undertone/proto';
import type { CallEvent } from './call-event.ts';
import type {
  AlertSaid,
  BeginSaid,
  ResultSaid,
  SpeechSaid,
  SummarySaid,
  TurningPoint,
} from './call-message.ts';

/** What is known of one segment of speech: its final result, or the newest before that. */
export type TimelineSegment = Omit<ResultSaid, 'type' | 'role' | 'revision'>;

export interface TimelineChannel {
  readonly channel: number;
  readonly role: Role;
  readonly isAnalysed: boolean;
  /** By time. */
  readonly segments: readonly TimelineSegment[];
  /** Seconds of speech. */
  readonly speechSeconds: number;
}

export interface TimelineAlert {
  readonly id: string;
  readonly channel: number;
  readonly role: Role;
  readonly rule: string;
  readonly level: AlertSaid['level'];
  /** Where the speech began that opened it. */
  readonly since: number;
  /** Null where only its end is known. */
  readonly openedAt: number | null;
  /** Null while it is open. */
  readonly clearedAt: number | null;
  readonly score: number | null;
}

export interface TimelineGap {
  readonly start: number;
  readonly duration: number;
  readonly reason: string;
}

export interface CallTimeline {
  readonly session: string;
  /** Milliseconds since 1970; null where no event says it. */
  readonly startedAtMs: number | null;
  /** `name@version`; null where the beginning is not known. */
  readonly model: string | null;
  /** Seconds of audio so far. */
  readonly seconds: number;
  readonly isOver: boolean;
  /** Of the `Summary`, or the code of the error; null while it goes on. */
  readonly endReason: string | null;
  readonly channels: readonly TimelineChannel[];
  /** By the time at which they began. */
  readonly alerts: readonly TimelineAlert[];
  readonly gaps: readonly TimelineGap[];
  readonly turningPoints: readonly TurningPoint[];
  /** Segments, alerts, gaps and turning points that were too many to be kept. */
  readonly leftOut: number;
}

/** Of a channel: beyond what a stream of four hours has. */
const mostSegments = 10_000;
const mostAlerts = 1000;
const mostGaps = 1000;
const mostTurningPoints = 200;

interface Kept extends TimelineSegment {
  readonly revision: number;
}

export class CallTimelineBuilder {
  readonly session: string;
  #startedAtMs: number | null = null;
  #begin: BeginSaid | null = null;
  #summary: SummarySaid | null = null;
  #endReason: string | null = null;
  #seconds = 0;
  #leftOut = 0;
  readonly #roles = new Map<number, Role>();
  readonly #segments = new Map<number, Map<number, Kept>>();
  readonly #alerts = new Map<string, TimelineAlert>();
  readonly #gaps = new Map<number, TimelineGap>();
  readonly #turningPoints = new Map<string, TurningPoint>();
  /** Channels on which somebody speaks now. */
  readonly #speaking = new Set<number>();

  constructor(session: string) {
    this.session = session;
  }

  /** Events of other sessions, and of types that are not known, change nothing. */
  accept({ session, message, atMs }: Pick<CallEvent, 'session' | 'message' | 'atMs'>): void {
    if (session !== this.session || !message) return;
    switch (message.type) {
      case 'Begin':
        // A stream that moves begins again elsewhere.
        if (atMs !== null) this.#startedAtMs = Math.min(atMs, this.#startedAtMs ?? atMs);
        this.#begin = message;
        break;
      case 'Emotion':
        this.#result(message);
        break;
      case 'SpeechStarted':
      case 'SpeechEnded':
        this.#speech(message);
        break;
      case 'Alert':
        this.#alert(message);
        break;
      case 'Gap':
        this.#seen(message.start + message.duration);
        if (this.#gaps.size < mostGaps || this.#gaps.has(message.start))
          this.#gaps.set(message.start, message);
        else this.#leftOut++;
        break;
      case 'Trend':
        this.#seen(message.time);
        if (message.turningPoint) this.#turned(message.turningPoint);
        break;
      case 'Summary':
        this.#seen(message.seconds);
        this.#summary = message;
        this.#endReason = message.reason;
        for (const point of message.turningPoints) this.#turned(point);
        this.#speaking.clear();
        break;
      case 'Error':
        // A summary may follow, and says more.
        this.#endReason ??= message.code;
        break;
    }
  }

  isSpeaking(channel: number): boolean {
    return this.#speaking.has(channel);
  }

  timeline(): CallTimeline {
    return {
      session: this.session,
      startedAtMs: this.#startedAtMs,
      model: this.#begin?.model ?? null,
      seconds: this.#seconds,
      isOver: this.#summary !== null || this.#endReason !== null,
      endReason: this.#endReason,
      channels: this.#channels(),
      alerts: [...this.#alerts.values()].sort((a, b) => a.since - b.since),
      gaps: [...this.#gaps.values()]
        .map(({ start, duration, reason }) => ({ start, duration, reason }))
        .sort((a, b) => a.start - b.start),
      turningPoints: [...this.#turningPoints.values()].sort((a, b) => a.time - b.time),
      leftOut: this.#leftOut,
    };
  }

  #result({ type: _, role, ...result }: ResultSaid): void {
    this.#seen(result.end);
    this.#roles.set(result.channel, role);
    const segments = this.#segments.get(result.channel) ?? new Map<number, Kept>();
    this.#segments.set(result.channel, segments);
    const before = segments.get(result.segment);
    // Results of the moment may come after the final one, or out of order.
    if (before && (before.isFinal || (!result.isFinal && before.revision > result.revision))) return;
    if (!before && segments.size >= mostSegments) this.#leftOut++;
    else segments.set(result.segment, result);
  }

  #speech({ type, channel, time }: SpeechSaid): void {
    this.#seen(time);
    if (type === 'SpeechStarted') this.#speaking.add(channel);
    else this.#speaking.delete(channel);
  }

  #alert({ id, channel, role, rule, level, isOpened, since, time, score }: AlertSaid): void {
    this.#seen(time);
    const before = this.#alerts.get(id);
    if (!before && this.#alerts.size >= mostAlerts) {
      this.#leftOut++;
      return;
    }
    this.#alerts.set(id, {
      ...{ id, channel, role, rule, level, since },
      openedAt: isOpened ? time : (before?.openedAt ?? null),
      clearedAt: isOpened ? (before?.clearedAt ?? null) : time,
      score: isOpened ? score : (before?.score ?? null),
    });
  }

  /** Its mean after goes on changing until the next one. */
  #turned(point: TurningPoint): void {
    const key = `${point.channel} ${point.time}`;
    if (this.#turningPoints.size < mostTurningPoints || this.#turningPoints.has(key))
      this.#turningPoints.set(key, point);
    else this.#leftOut++;
  }

  #seen(seconds: number): void {
    this.#seconds = Math.max(this.#seconds, seconds);
  }

  #channels(): TimelineChannel[] {
    const told = this.#begin?.roles ?? [];
    const roles = new Map<number, Role>([...(this.#summary?.roles ?? []), ...this.#roles, ...told.entries()]);
    for (const { channel, role } of this.#alerts.values()) if (!roles.has(channel)) roles.set(channel, role);
    return [...roles]
      .sort(([a], [b]) => a - b)
      .map(([channel, role]) => {
        const segments = [...(this.#segments.get(channel)?.values() ?? [])]
          .map(({ revision: _, ...segment }) => segment)
          .sort((a, b) => a.start - b.start);
        return {
          channel,
          role,
          isAnalysed: segments.length > 0 || (this.#begin?.analyze.includes(role) ?? true),
          segments,
          speechSeconds:
            this.#summary?.speechSeconds[channel] ??
            segments.reduce((sum, { start, end }) => sum + end - start, 0),
        };
      });
  }
}
