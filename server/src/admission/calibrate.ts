/**
 * Measures at start what recognising costs on this machine: CPU of the process while the recogniser hears streams that
 * sound like speech, as many at a time as make full batches. CPU time rather than the clock, because a machine that is
 * busy while it starts must not count as a slow one.
 */
import type { ServedModel } from '../inference/served-models.ts';

const streams = 48;
const sampleRateHz = 16_000;
const packetSeconds = 0.1;
const packetSamples = sampleRateHz * packetSeconds;
/** For the compiler. */
const warmUpRounds = 12;
/** Measured in groups, of which the median counts: other programs disturb some of them. */
const groups = 5;
const roundsPerGroup = 4;
const rounds = warmUpRounds + groups * roundsPerGroup;
const deadlineMs = 1400;

/** Costs by file of the model: a process that opens several servers measures once. */
const known = new Map<string, number>();

/** @returns CPU-seconds per second of audio of one channel; null if it could not be measured in time */
export async function recognitionCost(model: ServedModel): Promise<number | null> {
  const key = Object.values(model.manifest.files)
    .map(({ sha256 }) => sha256)
    .join();
  const cost = known.get(key) ?? (await measure(model));
  if (cost !== null) known.set(key, cost);
  return cost;
}

async function measure(model: ServedModel): Promise<number | null> {
  let failed = false;
  const onError = (): void => {
    failed = true;
  };
  const callbacks = { onEvents: () => {}, onBadAudio: () => {}, onError };
  const options = { encoding: 'linear16' as const, sampleRateHz, channels: 1 };
  const handles = Array.from({ length: streams }, () => model.open(options, callbacks));
  const speech = speechLike((rounds + streams) * packetSamples);
  const costs: number[] = [];
  let before = process.cpuUsage();
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), deadlineMs);
  });
  try {
    for (let round = 0; round < rounds; round++) {
      if (round === warmUpRounds) before = process.cpuUsage();
      for (const [i, handle] of handles.entries()) {
        const start = (round + i) * packetSamples * 2;
        handle.accept(speech.subarray(start, start + packetSamples * 2));
      }
      const drained = Promise.all(handles.map((handle) => handle.drained())).then(() => true);
      // A recogniser that hangs must not keep the server from starting; what was measured so far counts.
      if ((await Promise.race([drained.catch(() => null), timeUp])) === null || failed) break;
      const done = round + 1 - warmUpRounds;
      if (done > 0 && done % roundsPerGroup === 0) {
        const { user, system } = process.cpuUsage(before);
        costs.push((user + system) / 1e6 / (roundsPerGroup * streams * packetSeconds));
        before = process.cpuUsage();
      }
    }
    costs.sort((a, b) => a - b);
    return costs[Math.floor(costs.length / 2)] ?? null;
  } finally {
    clearTimeout(timer);
    for (const handle of handles) handle.close();
  }
}

/** Harmonics of a voice that falls and rises, four syllables a second, over a little noise: linear16. */
function speechLike(samples: number): Uint8Array {
  const pcm = new Int16Array(samples);
  let phase = 0;
  let seed = 1;
  for (let n = 0; n < samples; n++) {
    const t = n / sampleRateHz;
    phase += (2 * Math.PI * (120 + 30 * Math.sin(2 * Math.PI * 0.7 * t))) / sampleRateHz;
    let voice = 0;
    for (let k = 1; k <= 12; k++) voice += Math.sin(k * phase) / k;
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    const loudness = Math.max(0, Math.sin(2 * Math.PI * 2 * t));
    pcm[n] = 6000 * loudness * voice + 100 * (seed / 2 ** 31 - 1);
  }
  return new Uint8Array(pcm.buffer);
}
