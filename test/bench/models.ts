/**
 * What a second of audio costs in one process, by kind of model, from samples to events: CPU with everything in it, on one
 * stream and on eight at a time. Windows of functionals of 1, 3 and 10 s stand beside each other: their cost must not
 * depend on the length. Without --model, tiny models made by hand; with it, those folders.
 *
 *     node --conditions=@undertone/source --import tsx test/bench/models.ts [--model DIR]... [--seconds 60] [--json]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { LocalModel } from '@undertone/client-sdk/local';
import { loadSpeech, loopFrom } from '../load/load-speech.ts';
import { median, recognitionCost } from '../load/recognition-cost.ts';
import { testModelFolder } from '../support/model.ts';
import { writeForestModel, writeLinearModel, writeSvmModel } from '../support/window-models.ts';

const { values } = parseArgs({
  options: {
    model: { type: 'string', multiple: true, default: [] },
    seconds: { type: 'string', default: '60' },
    rounds: { type: 'string', default: '5' },
    json: { type: 'boolean', default: false },
  },
});
const seconds = Number(values.seconds);
const speech = loadSpeech(undefined);

const temporary = mkdtempSync(join(tmpdir(), 'undertone-bench-'));
async function handMade(): Promise<Record<string, string>> {
  const at = (name: string): string => join(temporary, name);
  const forest = (windowS: number): Promise<string> =>
    writeForestModel(at(`forest-${windowS}`), { name: `forest-${windowS}`, windowFrames: 100 * windowS });
  return {
    streaming: testModelFolder(),
    'frames 3 s': await writeLinearModel(at('linear'), { name: 'linear', windowFrames: 300 }),
    'svm 3 s': await writeSvmModel(at('svm'), { name: 'svm', windowFrames: 300, kernel: 'rbf' }),
    'functionals 1 s': await forest(1),
    'functionals 3 s': await forest(3),
    'functionals 10 s': await forest(10),
  };
}

/** CPU milliseconds of this process per second of audio. */
function cost(model: LocalModel, streams: number): Promise<number> {
  const audio = Array.from({ length: streams }, (_, i) => loopFrom(speech, i * 7919, seconds));
  return recognitionCost(model, audio);
}

const folders =
  values.model.length > 0
    ? Object.fromEntries(values.model.map((folder) => [folder, folder]))
    : await handMade();
const names = Object.keys(folders);
const models = new Map<string, LocalModel>();
for (const name of names) models.set(name, await LocalModel.load(folders[name]!));
const found = new Map<string, { alone: number[]; eight: number[] }>(
  names.map((name) => [name, { alone: [], eight: [] }]),
);
// Interleaved, so that what else the machine does falls on all alike; the first round warms up.
for (let round = 0; round <= Number(values.rounds); round++) {
  for (const name of names) {
    const each = { alone: await cost(models.get(name)!, 1), eight: await cost(models.get(name)!, 8) };
    if (round === 0) continue;
    found.get(name)!.alone.push(each.alone);
    found.get(name)!.eight.push(each.eight);
  }
}
for (const model of models.values()) await model.close();
rmSync(temporary, { recursive: true, force: true });

const rows = names.map((name) => ({
  model: name,
  cpuMsPerAudioSecondAlone: Number(median(found.get(name)!.alone).toFixed(3)),
  cpuMsPerAudioSecondOfEight: Number(median(found.get(name)!.eight).toFixed(3)),
}));
if (values.json) console.log(JSON.stringify(rows));
else console.table(rows);
