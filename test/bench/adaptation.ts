/**
 * What adapting to one voice brings: for each speaker, clips are drawn and adapted to, and the others are recognised before
 * and after, as a program does it (`adapt`, `Recognizer`). Intervals by resampling speakers.
 *
 *     node --conditions=@undertone/source --import tsx test/bench/adaptation.ts --ravdess DIR [--crema-d DIR --speakers 1007,1018]
 *         [--actors 9-20] [--draws 4] [--seed 1] [--model DIR] [--json]
 *
 * CREMA-D needs the speakers that the model was not trained on.
 */
import { parseArgs } from 'node:util';
import { adapt, LocalModel } from '@undertone/client-sdk/local';
import { seededRandom } from '../load/seeded-random.ts';
import { drawClips, type Setting, settingName } from './adaptation/draw-clips.ts';
import { Ear } from './adaptation/ear.ts';
import { calibrationError, interval, mean, type Scored, uar } from './adaptation/scores.ts';
import { cremaDVoices, ravdessVoices, type Voice, type VoiceClip } from './adaptation/voices.ts';

const { values } = parseArgs({
  options: {
    ravdess: { type: 'string' },
    'crema-d': { type: 'string' },
    actors: { type: 'string', default: '9-20' },
    speakers: { type: 'string', default: '' },
    draws: { type: 'string', default: '4' },
    seed: { type: 'string', default: '1' },
    model: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const draws = Number(values.draws);
const seed = Number(values.seed);

interface BeforeAndAfter {
  readonly before: number;
  readonly after: number;
}

interface Row {
  readonly setting: string;
  readonly speakers: number;
  readonly adaptations: number;
  /** Mean over speakers of the mean recall of the classes, and what it gains. */
  readonly before: number;
  readonly after: number;
  readonly gain: number;
  readonly gainInterval: readonly [number, number];
  readonly calibrationBefore: number;
  readonly calibrationAfter: number;
  /** Adaptations that changed nothing, and that made the recall of other clips worse. */
  readonly notApplied: number;
  readonly worse: number;
  /** What the head of one voice makes of the other speakers: mean recall of the classes. */
  readonly others: BeforeAndAfter;
  /** And of speakers of the corpus that the model comes from. */
  readonly home: BeforeAndAfter | null;
  readonly cpuMs: number;
}

const model = await LocalModel.load(values.model);
const { labels } = model.manifest;
const ear = new Ear(model);

async function measure(
  voices: readonly Voice[],
  setting: Setting,
  { others, home }: Record<'others' | 'home', readonly VoiceClip[]>,
): Promise<Row> {
  const bySpeaker: { before: number; after: number }[] = [];
  const all = { before: [] as Scored[], after: [] as Scored[] };
  const elsewhere = { others: new Compared(), home: new Compared() };
  let notApplied = 0;
  let worse = 0;
  let cpuMs = 0;
  for (const [v, voice] of voices.entries()) {
    const before: number[] = [];
    const after: number[] = [];
    for (let draw = 0; draw < draws; draw++) {
      const random = seededRandom(seed * 1_000_003 + v * 1009 + draw);
      const { learned, tested } = drawClips(voice.clips, setting, draw, random);
      const clips = learned.map((clip) => ({ ...ear.audioOf(clip), label: clip.label }));
      const startedAt = process.cpuUsage();
      const adaptation = await adapt(model, clips);
      const { user, system } = process.cpuUsage(startedAt);
      cpuMs += (user + system) / 1000;
      const bytes = adaptation.toBytes();
      const shipped = await ear.score(tested, labels);
      const adapted = adaptation.report.isApplied ? await ear.score(tested, labels, bytes) : shipped;
      if (!adaptation.report.isApplied) notApplied++;
      before.push(uar(shipped));
      after.push(uar(adapted));
      if (after.at(-1)! < before.at(-1)!) worse++;
      all.before.push(...shipped);
      all.after.push(...adapted);
      if (draw > 0) continue;
      const strangers = others.filter(({ speaker }) => speaker !== voice.name);
      for (const [compared, heard] of [
        [elsewhere.others, strangers],
        [elsewhere.home, home],
      ] as const) {
        compared.before.push(...(await ear.score(heard, labels)));
        compared.after.push(...(await ear.score(heard, labels, bytes)));
      }
    }
    bySpeaker.push({ before: mean(before), after: mean(after) });
  }
  const gains = bySpeaker.map(({ before, after }) => after - before);
  const adaptations = voices.length * draws;
  return {
    setting: settingName(setting),
    speakers: voices.length,
    adaptations,
    before: mean(bySpeaker.map(({ before }) => before)),
    after: mean(bySpeaker.map(({ after }) => after)),
    gain: mean(gains),
    gainInterval: interval(gains, seededRandom(seed)),
    calibrationBefore: calibrationError(all.before),
    calibrationAfter: calibrationError(all.after),
    notApplied,
    worse,
    others: elsewhere.others.recall,
    home: home.length > 0 ? elsewhere.home.recall : null,
    cpuMs: cpuMs / adaptations,
  };
}

class Compared {
  readonly before: Scored[] = [];
  readonly after: Scored[] = [];

  get recall(): BeforeAndAfter {
    return { before: uar(this.before), after: uar(this.after) };
  }
}

/** One clip of each label of each speaker. */
function sampleOf(voices: readonly Voice[]): VoiceClip[] {
  return voices.flatMap(({ clips }) =>
    labels.flatMap((label) => clips.find((clip) => clip.label === label) ?? []),
  );
}

const rows: Row[] = [];
async function run(
  corpus: string,
  voices: readonly Voice[],
  home: readonly Voice[],
  settings: readonly Setting[],
): Promise<void> {
  for (const setting of settings) {
    const row = await measure(voices, setting, { others: sampleOf(voices), home: sampleOf(home) });
    rows.push({ ...row, setting: `${corpus}: ${row.setting}` });
    if (!values.json) console.log(rows.at(-1));
  }
}

const cremaD = values['crema-d'] ? cremaDVoices(values['crema-d'], values.speakers.split(',')) : [];
if (values.ravdess) {
  const [first = 1, last = 24] = values.actors.split('-').map(Number);
  await run('RAVDESS', ravdessVoices(values.ravdess, first, last), cremaD, [
    { clipsOfLabel: 2, from: 'one sentence' },
    { clipsOfLabel: 4, from: 'one sentence' },
    { clipsOfLabel: 2, from: 'all' },
    { clipsOfLabel: 5, from: 'all' },
  ]);
}
if (cremaD.length > 0) {
  await run(
    'CREMA-D',
    cremaD,
    [],
    [
      { clipsOfLabel: 2, from: 'all' },
      { clipsOfLabel: 5, from: 'all' },
      { clipsOfLabel: 10, from: 'all' },
    ],
  );
}
await model.close();
if (values.json) console.log(JSON.stringify(rows));
