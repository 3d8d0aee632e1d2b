/**
 * Load on the server: so many streams of speech in real time over WebSocket, from a process of their own. Prints what
 * a result waits for, what the server spends and whether an event was lost, as one JSON line at the end.
 *
 *     npm run bench:load -- --streams 200 --seconds 30 --packet-ms 100 --json
 */
import { parseArgs } from 'node:util';
import { loadReport } from '../load/load-report.ts';
import { loadSpeech, loopFrom } from '../load/load-speech.ts';
import { eventsWithoutLoad, type LoadStreamResult, runLoadStream } from '../load/load-stream.ts';
import { ServerProcess } from '../load/server-process.ts';
import { testModelFolder } from '../support/model.ts';

/** Different pieces of the speech; each is also run once without load, to know what must come. */
const variants = 8;

const { values } = parseArgs({
  options: {
    streams: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '30' },
    'packet-ms': { type: 'string', default: '100' },
    'ramp-seconds': { type: 'string', default: '5' },
    wav: { type: 'string' },
    model: { type: 'string', default: testModelFolder() },
    'batch-wait-ms': { type: 'string', default: '10' },
    json: { type: 'boolean', default: false },
  },
});
const streams = Number(values.streams);
const seconds = Number(values.seconds);
const packetMs = Number(values['packet-ms']);
const rampMs = Number(values['ramp-seconds']) * 1000;
const say = (line: string): void => {
  if (!values.json) console.error(line);
};

const speech = loadSpeech(values.wav);
const random = seededRandom(1);
const audio = Array.from({ length: variants }, () =>
  loopFrom(speech, Math.floor(random() * speech.length), seconds),
);

const serverArgs = ['--model', values.model, '--log-level', 'warn', '--max-sessions', String(streams + 1)];
const server = await ServerProcess.start([...serverArgs, '--batch-wait-ms', values['batch-wait-ms']]);
const stepMs = await server.stepMs();
say(`${variants} references without load`);
const references: string[][] = [];
for (const piece of audio) references.push(await eventsWithoutLoad(server.url, piece));

// Callers do not agree on when to begin: a regular spacing would let packets of many streams come at once.
const startAfterMs = Array.from({ length: streams }, () => random() * rampMs);
say(`${streams} streams of ${seconds} s in packets of ${packetMs} ms`);
const cpuBefore = await server.cpuSeconds();
const ownBefore = process.cpuUsage();
const startedAtMs = performance.now();
const received = await Promise.all(
  Array.from({ length: streams }, async (_, i): Promise<LoadStreamResult | null> => {
    await new Promise((resolve) => setTimeout(resolve, startAfterMs[i]));
    try {
      return await runLoadStream(server.url, audio[i % variants]!, packetMs, stepMs);
    } catch (error) {
      say(`stream ${i}: ${(error as Error).message}`);
      return null;
    }
  }),
);
const own = process.cpuUsage(ownBefore);
const elapsedMs = performance.now() - startedAtMs;
const report = loadReport({
  streams,
  packetMs,
  seconds,
  results: received.filter((result) => result !== null),
  expected: received.map((_, i) => references[i % variants]!),
  received: received.map((result) => result?.eventKeys ?? null),
  serverCpuSeconds: (await server.cpuSeconds()) - cpuBefore,
  audioSeconds: streams * seconds,
  rssPeakBytes: server.rssPeakBytes(),
  generatorCpuShare: (own.user + own.system) / 1000 / elapsedMs,
});
await server.stop();
if (!values.json) console.error(report);
console.log(JSON.stringify(report));

/** Park and Miller, 1988: the same offsets in every run. */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
