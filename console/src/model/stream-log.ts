/** What one stream has reported so far, brought from messages into what the page shows. */
import type { Begin, Emotion, ServerMessage, Summary } from '@undertone/client-sdk';

/** The newest state of one segment of speech: interim results are replaced, a final stays. */
export interface Segment {
  readonly channel: number;
  readonly role: Emotion['role'];
  readonly segment: number;
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly isFinal: boolean;
  readonly label: string | null;
  readonly abstain: Emotion['abstain'];
  readonly confidence: number;
  readonly sentiment: Emotion['sentiment']['label'];
  readonly scores: Readonly<Record<string, number>>;
  readonly dimensions: { readonly arousal: number; readonly valence: number } | null;
  /** From the last sample it needs being sent to its arrival; null where that is not known. */
  readonly latencyMs: number | null;
}

export interface TrailPoint {
  readonly seconds: number;
  readonly arousal: number;
  readonly valence: number;
}

export interface Gap {
  readonly startSeconds: number;
  readonly seconds: number;
  readonly reason: string;
}

export interface Notice {
  readonly code: string;
  readonly message: string;
}

/** Older ones are let go of, so that a page that stays open all day does not grow. */
export const keptSegments = 5000;
const keptTrailPoints = 40;
const keptNotices = 20;
const keptGaps = 500;

export class StreamLog {
  begin: Begin | null = null;
  summary: Summary | null = null;
  readonly #segments: Segment[] = [];
  readonly #trails: TrailPoint[][] = [];
  readonly #gaps: Gap[] = [];
  readonly #notices: Notice[] = [];
  readonly #speaking = new Set<number>();

  /** In order of their first result. */
  get segments(): readonly Segment[] {
    return this.#segments;
  }

  get gaps(): readonly Gap[] {
    return this.#gaps;
  }

  /** Warnings and errors, newest last. */
  get notices(): readonly Notice[] {
    return this.#notices;
  }

  /** Where results of a channel lay in the plane, newest last. */
  trail(channel: number): readonly TrailPoint[] {
    return this.#trails[channel] ?? [];
  }

  isSpeaking(channel: number): boolean {
    return this.#speaking.has(channel);
  }

  /** The newest result of a channel. */
  latest(channel: number): Segment | null {
    return this.#segments.findLast((segment) => segment.channel === channel) ?? null;
  }

  /** @param latencyMs of a result: from its last sample being sent to now */
  apply(message: ServerMessage, latencyMs: number | null): void {
    switch (message.type) {
      case 'Begin':
        this.begin = message;
        break;
      case 'SpeechStarted':
        this.#speaking.add(message.channel);
        break;
      case 'SpeechEnded':
        this.#speaking.delete(message.channel);
        break;
      case 'Emotion':
        this.#result(message, latencyMs);
        break;
      case 'Gap':
        push(
          this.#gaps,
          { startSeconds: message.start, seconds: message.duration, reason: message.reason },
          keptGaps,
        );
        break;
      case 'Warning':
      case 'Error':
        push(this.#notices, { code: message.code, message: message.message }, keptNotices);
        break;
      case 'Summary':
        this.summary = message;
        this.#speaking.clear();
        break;
    }
  }

  #result(message: Emotion, latencyMs: number | null): void {
    const segment: Segment = {
      channel: message.channel,
      role: message.role,
      segment: message.segment,
      startSeconds: message.start,
      endSeconds: message.end,
      isFinal: message.is_final,
      label: message.label,
      abstain: message.abstain,
      confidence: message.confidence,
      sentiment: message.sentiment.label,
      scores: message.scores ?? {},
      dimensions: message.dimensions ?? null,
      latencyMs,
    };
    const index = this.#segments.findLastIndex(
      (other) => other.channel === segment.channel && other.segment === segment.segment,
    );
    if (index >= 0) this.#segments[index] = segment;
    else push(this.#segments, segment, keptSegments);
    if (!message.dimensions || message.label === null) return;
    this.#trails[message.channel] ??= [];
    push(this.#trails[message.channel]!, { seconds: message.end, ...message.dimensions }, keptTrailPoints);
  }
}

function push<Item>(items: Item[], item: Item, kept: number): void {
  items.push(item);
  if (items.length > kept) items.splice(0, items.length - kept);
}
