/**
 * How well turning points are found on calls put together from CREMA-D: neutral ones, and neutral ones that turn angry half
 * way. What the summary says at the end, and when a `Trend` first said it.
 *
 * npm run bench:turning-points -- AUDIOWAV_FOLDER --speakers=1007,1018 [--json]
 */
import { Recognizer } from '@undertone/client-sdk';
import { LocalModel } from '@undertone/client-sdk/local';
import type { TurningPointMessage } from '@undertone/proto';
import { type AssembledCall, assembleTurns } from './assembled-calls.ts';

const rate = 16_000;
const headerBytes = 44;
const nearSeconds = 5;
const folder = process.argv[2] ?? '';
const speakers = (process.argv.find((argument) => argument.startsWith('--speakers='))?.slice(11) ?? '').split(
  ',',
);

interface Heard {
  readonly call: AssembledCall;
  readonly seconds: number;
  readonly found: readonly TurningPointMessage[];
  /** When a trend first had the turning point of the call. */
  readonly toldAt: number | null;
}

function isNear({ turn }: AssembledCall, { time }: TurningPointMessage): boolean {
  return turn !== null && Math.abs(time - turn[0]) <= nearSeconds;
}

async function hear(model: LocalModel, call: AssembledCall): Promise<Heard> {
  const recognizer = new Recognizer({
    mode: 'local',
    model,
    encoding: 'linear16',
    sampleRateHz: rate,
    trendIntervalMs: 1000,
  });
  let toldAt: number | null = null;
  recognizer.on('trend', ({ time, turning_point }) => {
    if (turning_point && toldAt === null && isNear(call, turning_point)) toldAt = time;
  });
  await recognizer.write(call.wav.subarray(headerBytes));
  const { per_channel, audio_s } = await recognizer.close();
  return { call, seconds: audio_s, found: per_channel[0]?.mood?.turning_points ?? [], toldAt };
}

const median = (list: readonly number[]): number | null =>
  [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)] ?? null;
const perHour = (count: number, some: readonly Heard[]): number =>
  Number(((3600 * count) / some.reduce((sum, { seconds }) => sum + seconds, 0)).toFixed(1));

const model = await LocalModel.load(new URL('../../models/default', import.meta.url).pathname);
const heard: Heard[] = [];
for (const call of assembleTurns(folder, speakers)) heard.push(await hear(model, call));
await model.close();

const neutral = heard.filter(({ call }) => call.turn === null);
const angry = heard.filter(({ call }) => call.turn !== null);
const hits = angry.filter(({ call, found }) => found.some((point) => isNear(call, point)));
const wrong = (some: readonly Heard[]): number =>
  some.reduce((sum, { call, found }) => sum + found.filter((point) => !isNear(call, point)).length, 0);
const delays = hits.flatMap(({ call, toldAt }) => (toldAt === null ? [] : [toldAt - call.turn![0]]));
const misses = hits.map(({ call, found }) =>
  Math.min(...found.map(({ time }) => Math.abs(time - call.turn![0]))),
);
const report = {
  calls: angry.length,
  found: hits.length,
  medianErrorSeconds: median(misses),
  medianDelaySeconds: median(delays),
  othersPerHourOfTurningCalls: perHour(wrong(angry), angry),
  neutralCalls: neutral.length,
  falsePerHourOfNeutralCalls: perHour(wrong(neutral), neutral),
};
if (process.argv.includes('--json')) console.log(JSON.stringify(report));
else console.table(report);
