import type { EmotionEvent, RecogniserEvent } from '@undertone/core';
import { expect, test } from 'vitest';
import { localModel } from '../../../test/support/local-model.ts';
import { SmallModel } from '../../../test/support/small-model.ts';
import { bytesOf, speech } from '../../../test/support/speech.ts';
import { resolveConfig } from '../config/resolve-config.ts';
import { createLogger } from '../observability/logger.ts';
import { createMetrics } from '../observability/metrics.ts';
import { Sinks } from '../sink/sinks.ts';
import { ShadowAgreement } from './shadow-agreement.ts';
import { openShadowed } from './shadowed-recogniser.ts';

const bytes = bytesOf(speech('speech_happy_f', 'speech_sad_m'));

function newMetrics() {
  const zero = (): number => 0;
  return createMetrics({
    sessions: () => [],
    capacity: zero,
    loadRatio: zero,
    sendBufferBytes: zero,
    sinkBacklog: () => [],
    draining: () => false,
    version: '0',
    models: [],
  });
}

/** @param shadow null for none */
async function run(shadow: SmallModel | null, loadRatio: () => number = () => 0) {
  const metrics = newMetrics();
  const services = {
    config: resolveConfig({}),
    metrics,
    log: createLogger('silent'),
    sinks: new Sinks([], ''),
    now: () => performance.now(),
  };
  const model = localModel(new SmallModel(5));
  const events: RecogniserEvent[] = [];
  const errors: Error[] = [];
  const recogniser = openShadowed(
    { model, shadow: shadow && { ...localModel(shadow), id: 'shadow@1.0.0' }, services, loadRatio },
    { encoding: 'linear16', sampleRateHz: 16_000, channels: 1 },
    {
      onEvents: (more) => events.push(...more),
      onBadAudio: (error) => errors.push(error),
      onError: (error) => errors.push(error),
    },
  );
  for (let at = 0; at < bytes.length; at += 3200) {
    recogniser.accept(bytes.subarray(at, at + 3200));
    await recogniser.drained();
  }
  const summaries = await recogniser.finish();
  recogniser.close();
  await new Promise((resolve) => setTimeout(resolve, 20));
  metrics.close();
  const outcomes = async (counter: 'shadowStreams' | 'shadowResults') =>
    Object.fromEntries(
      (await metrics[counter].get()).values.map(({ labels, value }) => [labels.outcome, value]),
    );
  return {
    answers: { events, errors, summaries },
    streams: await outcomes('shadowStreams'),
    results: await outcomes('shadowResults'),
  };
}

test('a model agrees with itself in every result, and answers as if it were alone', async () => {
  const alone = await run(null);
  const { answers, streams, results } = await run(new SmallModel(5));
  const emotions = alone.answers.events.filter(({ type }) => type === 'Emotion');
  expect(emotions.length).toBeGreaterThan(3);
  expect(answers).toEqual(alone.answers);
  expect([streams, results]).toEqual([{ end: 1 }, { same: emotions.length }]);
  expect([alone.streams, alone.results]).toEqual([{}, {}]);
});

test('a shadow that breaks is given up, and the stream does not notice', async () => {
  const alone = await run(null);
  const broken = new SmallModel(5);
  let calls = 0;
  broken.failWhen = () => ++calls > 10;
  const { answers, streams } = await run(broken);
  expect(answers).toEqual(alone.answers);
  expect(streams).toEqual({ failed: 1 });
});

test('under load no shadow begins, and one that runs is given up', async () => {
  const alone = await run(null);
  const refused = await run(new SmallModel(5), () => 0.5);
  let calls = 0;
  const shadow = new SmallModel(5);
  const ended = await run(shadow, () => (++calls > 10 ? 0.71 : 0.4));
  for (const { answers, streams } of [refused, ended]) {
    expect(answers).toEqual(alone.answers);
    expect(streams).toEqual({ load: 1 });
  }
  const whole = new SmallModel(5);
  await run(whole);
  expect(shadow.batches.length).toBeLessThan(whole.batches.length / 2);
});

test('results are matched by where they end, interims with interims; what has no counterpart is counted as that', async () => {
  const metrics = newMetrics();
  const agreement = new ShadowAgreement(metrics, { model: 'a@1', shadow: 'b@1' });
  const result = (endSample: number, label: string | null, more: Partial<EmotionEvent> = {}) =>
    ({
      endSample,
      label,
      channel: 0,
      isFinal: false,
      confidence: 0.5,
      dimensions: { valence: 0, arousal: 0 },
      ...more,
    }) as EmotionEvent;
  agreement.hear('model', result(16_000, 'sad'));
  agreement.hear('model', result(24_000, 'angry'));
  // Nearer to the second; another channel and a final are nobody's.
  agreement.hear('shadow', result(23_000, 'angry', { confidence: 0.75 }));
  agreement.hear('shadow', result(16_000, 'sad', { channel: 1 }));
  agreement.hear('shadow', result(16_000, 'sad', { isFinal: true }));
  agreement.hear('shadow', result(40_000, null));
  agreement.hear('model', result(40_000, 'sad'));
  agreement.hear('shadow', result(48_000, 'sad'));
  agreement.hear('model', result(48_000, null));
  agreement.hear('shadow', result(56_000, 'sad'));
  agreement.hear('model', result(56_000, 'happy'));
  agreement.end();
  metrics.close();
  const counts = (await metrics.shadowResults.get()).values.map(({ labels, value }) => [
    labels.outcome,
    value,
  ]);
  expect(Object.fromEntries(counts)).toEqual({
    same: 1,
    shadow_abstained: 1,
    model_abstained: 1,
    other: 1,
    unmatched: 1,
  });
  const sum = (await metrics.shadowDifference.get()).values.find(
    ({ metricName, labels }) => metricName?.endsWith('_sum') && labels.of === 'confidence',
  );
  expect(sum?.value).toBe(0.25);
});
