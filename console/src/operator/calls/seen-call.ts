/**
 * A running call as this page has seen it: the newest results at each look, once a second at most. Where the server keeps
 * no calls this is all there is of one.
 */
import type { CallTimeline, TimelineAlert, TimelineSegment } from '@undertone/client-sdk/calls';
import type { OperatorChannel, OperatorStream } from '../overview.ts';

/** A result with nothing before it for this long begins here. */
const longestStep = 2.5;
const firstStep = 1;
const keptSegments = 1000;
const keptAlerts = 200;

export class SeenCall {
  readonly #session: string;
  #stream: OperatorStream | null = null;
  #isOver = false;
  #leftOut = 0;
  #count = 0;
  readonly #segments = new Map<number, TimelineSegment[]>();
  readonly #alerts: TimelineAlert[] = [];

  constructor(session: string) {
    this.#session = session;
  }

  look(stream: OperatorStream): void {
    this.#stream = stream;
    this.#isOver = false;
    for (const channel of stream.channels) {
      this.#result(channel);
      this.#openAlerts(channel, stream.seconds);
    }
  }

  end(): void {
    this.#isOver = true;
  }

  timeline(): CallTimeline {
    const stream = this.#stream;
    const startedAtMs = Date.parse(stream?.startedAt ?? '');
    return {
      session: this.#session,
      startedAtMs: Number.isFinite(startedAtMs) ? startedAtMs : null,
      model: stream?.model ?? null,
      seconds: stream?.seconds ?? 0,
      isOver: this.#isOver,
      endReason: this.#isOver ? 'ended' : null,
      channels: (stream?.channels ?? []).map(({ channel, role, isAnalysed }) => {
        const segments = this.#segments.get(channel) ?? [];
        const speechSeconds = segments.reduce((sum, { start, end }) => sum + end - start, 0);
        return { channel, role, isAnalysed: isAnalysed && role !== 'agent', segments, speechSeconds };
      }),
      alerts: this.#alerts,
      gaps: [],
      turningPoints: [],
      leftOut: this.#leftOut,
    };
  }

  /** Goes on with the block before where it sounds the same and nothing lies between. */
  #result({ channel, result, trend }: OperatorChannel): void {
    if (!result) return;
    const segments = this.#segments.get(channel) ?? [];
    this.#segments.set(channel, segments);
    const last = segments.at(-1);
    const { atSeconds: end, label, confidence, sentiment } = result;
    if (last && end <= last.end) return;
    const isNext = last !== undefined && end - last.end <= longestStep;
    const segment: TimelineSegment = {
      channel,
      segment: this.#count,
      start: isNext ? last.end : Math.max(last?.end ?? 0, end - firstStep),
      end,
      label,
      confidence,
      sentiment,
      valence: trend?.valence.mean ?? null,
      arousal: trend?.arousal.mean ?? null,
      isFinal: true,
    };
    const isSame = isNext && last.label === label && end - last.start < 30;
    if (isSame) segments[segments.length - 1] = { ...segment, start: last.start, segment: last.segment };
    else {
      this.#count++;
      segments.push(segment);
    }
    if (segments.length > keptSegments) {
      segments.shift();
      this.#leftOut++;
    }
  }

  #openAlerts({ channel, role, alerts }: OperatorChannel, seconds: number): void {
    const open = new Set(alerts.map(({ rule, sinceSeconds }) => `${channel} ${rule} ${sinceSeconds}`));
    for (const [index, alert] of this.#alerts.entries()) {
      if (alert.channel !== channel || alert.clearedAt !== null || open.has(alert.id)) continue;
      this.#alerts[index] = { ...alert, clearedAt: seconds };
    }
    for (const { rule, level, sinceSeconds: since } of alerts) {
      const id = `${channel} ${rule} ${since}`;
      if (this.#alerts.length >= keptAlerts || this.#alerts.some((alert) => alert.id === id)) continue;
      this.#alerts.push({
        id,
        channel,
        role,
        rule,
        level,
        since,
        openedAt: seconds,
        clearedAt: null,
        score: null,
      });
    }
  }
}
