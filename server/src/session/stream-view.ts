/** What is known of a stream while it runs, for those that watch the server. Costs a few additions for each result. */
import type { EmotionEvent, RecogniserEvent } from '@undertone/core';
import type { RecogniserHandle } from '../inference/recogniser-handle.ts';
import { type Mood, MoodTrend } from './mood-trend.ts';
import type { StreamAlerts } from './stream-alerts.ts';
import type { StreamControl } from './stream-control.ts';

export interface ViewedParts {
  readonly recogniser: Pick<RecogniserHandle, 'receivedSamples' | 'pendingMs'>;
  readonly control: Pick<StreamControl, 'config' | 'isPaused'>;
  readonly alerts: Pick<StreamAlerts, 'open'>;
}

export class StreamView {
  /** Milliseconds since 1970. */
  readonly startedAtMs: number = Date.now();
  readonly #results: (EmotionEvent | undefined)[] = [];
  readonly #trends: (MoodTrend | undefined)[] = [];
  #parts: ViewedParts | null = null;

  /** Null until the stream is heard. */
  get parts(): ViewedParts | null {
    return this.#parts;
  }

  attach(parts: ViewedParts): void {
    this.#parts = parts;
  }

  hear(event: RecogniserEvent): void {
    const { channel } = event;
    if (event.type === 'Emotion') this.#results[channel] = event;
    this.#trends[channel] ??= new MoodTrend();
    this.#trends[channel].hear(event);
  }

  /** The newest result of a channel, interim or final. */
  result(channel: number): EmotionEvent | null {
    return this.#results[channel] ?? null;
  }

  mood(channel: number): Mood | null {
    return this.#trends[channel]?.mood ?? null;
  }
}
