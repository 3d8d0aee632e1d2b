/**
 * Compares the results of two models that hear the same stream. Segments are each model's own, so results are matched by
 * time: an interim with an interim, a final with a final, those that end nearest to each other.
 */
import type { EmotionEvent } from '@undertone/core';
import type { ServerMetrics } from '../observability/metrics.ts';

export type AgreementMetrics = Pick<ServerMetrics, 'shadowResults' | 'shadowDifference'>;

/** Ends further apart, in samples at 16 kHz, are not of the same audio: half the usual interval of interims. */
const nearSamples = 4000;
/** Results of a channel that wait for their counterpart. */
const mostWaiting = 64;

type Side = 'model' | 'shadow';

export class ShadowAgreement {
  readonly #metrics: AgreementMetrics;
  readonly #names: { readonly model: string; readonly shadow: string };
  readonly #waiting: Record<Side, EmotionEvent[]> = { model: [], shadow: [] };

  /** @param names `name@version` of both */
  constructor(metrics: AgreementMetrics, names: { readonly model: string; readonly shadow: string }) {
    this.#metrics = metrics;
    this.#names = names;
  }

  hear(side: Side, event: EmotionEvent): void {
    const other = this.#waiting[side === 'model' ? 'shadow' : 'model'];
    const match = nearest(other, event);
    if (match) {
      other.splice(other.indexOf(match), 1);
      if (side === 'model') this.#compare(event, match);
      else this.#compare(match, event);
      return;
    }
    const own = this.#waiting[side];
    own.push(event);
    if (own.length <= mostWaiting) return;
    own.shift();
    if (side === 'model') this.#count('unmatched');
  }

  /** Neither hears more: what waits has no counterpart. */
  end(): void {
    for (const _ of this.#waiting.model) this.#count('unmatched');
    this.#waiting.model = [];
    this.#waiting.shadow = [];
  }

  #compare(model: EmotionEvent, shadow: EmotionEvent): void {
    if (model.label === shadow.label) this.#count('same');
    else if (model.label === null) this.#count('model_abstained');
    else this.#count(shadow.label === null ? 'shadow_abstained' : 'other');
    const differences = {
      valence: model.dimensions.valence - shadow.dimensions.valence,
      confidence: model.confidence - shadow.confidence,
    };
    for (const [of, difference] of Object.entries(differences))
      this.#metrics.shadowDifference.observe({ ...this.#names, of }, Math.abs(difference));
  }

  #count(outcome: string): void {
    this.#metrics.shadowResults.inc({ ...this.#names, outcome });
  }
}

function nearest(candidates: readonly EmotionEvent[], event: EmotionEvent): EmotionEvent | null {
  let found: EmotionEvent | null = null;
  let least = nearSamples;
  for (const candidate of candidates) {
    if (candidate.channel !== event.channel || candidate.isFinal !== event.isFinal) continue;
    const distance = Math.abs(candidate.endSample - event.endSample);
    if (distance > least) continue;
    least = distance;
    found = candidate;
  }
  return found;
}
