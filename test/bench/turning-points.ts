/**
 * How well turning points are found on calls put together from CREMA-D: neutral ones, and neutral ones that turn angry half
 * way. What the summary says at the end, and when a `Trend` first said it; and how far neutral voices lie apart, with and
 * without their baselines. `--telephone` makes 8 kHz mu-law of the calls.
 *
 * npm run bench:turning-points -- AUDIOWAV_FOLDER --speakers=1007,1018 [--telephone] [--json]
 */
import { Recognizer } from '@undertone/client-sdk';
import { LocalModel } from '@undertone/client-sdk/local';
import { encodeG711, Resampler } from '@undertone/core';
import type { MoodMessage, TurningPointMessage } from '@undertone/proto';
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
  readonly mood: MoodMessage | null;
  /** When a trend first had the turning point of the call. */
  readonly toldAt: number | null;
}

function isNear({ turn }: AssembledCall, { time }: TurningPointMessage): boolean {
  return turn !== null && Math.abs(time - turn[0]) <= nearSeconds;
}

const isTelephone = process.argv.includes('--telephone');
const format = isTelephone
  ? ({ encoding: 'mulaw', sampleRateHz: 8000 } as const)
  : ({ encoding: 'linear16', sampleRateHz: rate } as const);

/** The samples of a WAV of 16 bits as `format` has them. */
function audioOf({ wav }: AssembledCall): Uint8Array {
  const bytes = wav.slice(headerBytes);
  if (!isTelephone) return bytes;
  const samples = Float32Array.from(new Int16Array(bytes.buffer), (sample) => sample / 32_768);
  return encodeG711(new Resampler(rate, 8000).process(samples), 'mulaw');
}

async function hear(model: LocalModel, call: AssembledCall): Promise<Heard> {
  const recognizer = new Recognizer({
    mode: 'local',
    model,
    ...format,
    trendIntervalMs: 1000,
  });
  let toldAt: number | null = null;
  recognizer.on('trend', ({ time, turning_point }) => {
    if (turning_point && toldAt === null && isNear(call, turning_point)) toldAt = time;
  });
  await recognizer.write(audioOf(call));
  const { per_channel, audio_s } = await recognizer.close();
  const mood = per_channel[0]?.mood ?? null;
  return { call, seconds: audio_s, found: mood?.turning_points ?? [], mood, toldAt };
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
/** Standard deviation over neutral calls. */
function spread(read: (mood: MoodMessage) => number): number {
  const values = neutral.flatMap(({ mood }) => (mood ? [read(mood)] : []));
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return Number(Math.sqrt(square).toFixed(3));
}
const report = {
  calls: angry.length,
  found: hits.length,
  medianErrorSeconds: median(misses),
  medianDelaySeconds: median(delays),
  othersPerHourOfTurningCalls: perHour(wrong(angry), angry),
  neutralCalls: neutral.length,
  falsePerHourOfNeutralCalls: perHour(wrong(neutral), neutral),
  neutralSpread: { valence: spread(({ valence }) => valence), arousal: spread(({ arousal }) => arousal) },
  neutralSpreadRelative: {
    valence: spread(({ relative }) => relative.valence),
    arousal: spread(({ relative }) => relative.arousal),
  },
};
if (process.argv.includes('--json')) console.log(JSON.stringify(report));
else console.log(report);
