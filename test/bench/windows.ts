/**
 * What a second of audio costs by the window of interim results and the time between them: windows of 1, 3 and 10 s
 * must cost the same, because nothing is computed twice. CPU of the process, 16 streams at a time, in turns.
 *
 *     npm run bench:windows -- [--model DIR] [--seconds 30] [--rounds 7] [--json]
 */
import { parseArgs } from 'node:util';
import { LocalModel } from '@undertone/client-sdk/local';
import { loadSpeech, loopFrom } from '../load/load-speech.ts';
import { median, recognitionCost } from '../load/recognition-cost.ts';
import { testModelFolder } from '../support/model.ts';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: testModelFolder() },
    seconds: { type: 'string', default: '30' },
    rounds: { type: 'string', default: '7' },
    json: { type: 'boolean', default: false },
  },
});
const seconds = Number(values.seconds);
const streams = 16;
const speech = loadSpeech(undefined);
const audio = Array.from({ length: streams }, (_, i) => loopFrom(speech, i * 7919, seconds));
const model = await LocalModel.load(values.model);
const cases = [250, 1000].flatMap((intervalMs) =>
  [1000, 3000, 10_000].map((windowMs) => ({ windowMs, intervalMs, costs: [] as number[] })),
);
// The first round warms up.
for (let round = 0; round <= Number(values.rounds); round++) {
  for (const { windowMs, intervalMs, costs } of cases) {
    const cost = await recognitionCost(model, audio, { windowMs, intervalMs });
    if (round > 0) costs.push(cost);
  }
}
await model.close();

const rows = cases.map(({ windowMs, intervalMs, costs }) => ({
  windowMs,
  intervalMs,
  cpuMsPerAudioSecond: Number(median(costs).toFixed(4)),
}));
/** Largest by smallest among the windows of one interval. */
const spread = (intervalMs: number): number => {
  const found = rows.filter((row) => row.intervalMs === intervalMs).map((row) => row.cpuMsPerAudioSecond);
  return Number((Math.max(...found) / Math.min(...found)).toFixed(3));
};
const report = { rows, spreadAt250Ms: spread(250), spreadAt1000Ms: spread(1000) };
if (!values.json) {
  console.table(rows);
  console.log(`largest by smallest: ${report.spreadAt250Ms} at 250 ms, ${report.spreadAt1000Ms} at 1000 ms`);
}
console.log(JSON.stringify(report));
