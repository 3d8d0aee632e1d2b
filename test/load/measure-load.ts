/** One run of load against a server of its own, with what the server would have answered without load. */
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { LoadPlan } from './load-plan.ts';
import { type LoadReport, loadReport } from './load-report.ts';
import { piecesOf } from './load-speech.ts';
import { eventKey } from './load-stream.ts';
import { RssTrend } from './rss-trend.ts';
import { runGenerator } from './run-generator.ts';
import { ServerProcess } from './server-process.ts';

export interface LoadMeasurement {
  readonly plan: Omit<LoadPlan, 'url' | 'stepMs' | 'variants'>;
  readonly serverArgs: readonly string[];
  readonly say?: (line: string) => void;
  /** Runs while the streams do, from when all have begun. */
  readonly during?: (server: ServerProcess) => Promise<void>;
}

/** Long pieces are few: each is recognised once more without load, and all wait in memory. */
const variantsFor = (seconds: number): number => (seconds > 120 ? 2 : 8);

export async function measureLoad(measurement: LoadMeasurement): Promise<LoadReport> {
  const { serverArgs, say = () => {} } = measurement;
  const planned = { ...measurement.plan, variants: variantsFor(measurement.plan.seconds) };
  const common = ['--log-level', 'warn', ...serverArgs];
  say(`${planned.variants} references without load`);
  const unloaded = await ServerProcess.start([...common, '--rate-limit', '0']);
  const references: string[][] = [];
  for (const piece of piecesOf(planned)) references.push(await eventsOf(unloaded.url, piece));
  await unloaded.stop();

  const server = await ServerProcess.start(common);
  try {
    const url = planned.transport === 'grpc' ? server.grpcUrl : server.url;
    const plan = { ...planned, url, stepMs: await server.stepMs() };
    say(
      `${plan.streams} streams of ${plan.seconds} s in packets of ${plan.packetMs} ms by ${plan.transport}`,
    );
    const rss = new RssTrend();
    rss.start(() => server.rssBytes());
    await server.worstPauseMs();
    const cpuBefore = server.cpuSeconds();
    const [outcome] = await Promise.all([
      runGenerator(plan),
      sleep(plan.rampMs + 2000).then(() => measurement.during?.(server)),
    ]);
    const serverCpuSeconds = server.cpuSeconds() - cpuBefore;
    rss.stop();
    const serverPauseMaxMs = await server.worstPauseMs();
    for (const failure of new Set(outcome.failures)) say(`a stream failed: ${failure}`);
    return loadReport({
      plan,
      outcome,
      references,
      serverCpuSeconds,
      rssPeakBytes: server.rssPeakBytes(),
      serverPauseMaxMs,
      rss,
    });
  } finally {
    await server.stop();
  }
}

/** All audio at once. */
function eventsOf(url: string, audio: Uint8Array): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const keys: string[] = [];
    const socket = new WebSocket(url, { perMessageDeflate: false });
    socket.on('open', () => {
      for (let at = 0; at < audio.length; at += 64_000) socket.send(audio.subarray(at, at + 64_000));
      socket.send('{"type":"CloseStream"}');
    });
    socket.on('message', (data) => {
      const key = eventKey(JSON.parse(String(data)));
      if (key) keys.push(key);
    });
    socket.on('error', reject);
    socket.on('close', (code) =>
      code === 1000 ? resolve(keys) : reject(new Error(`The reference stream closed with ${code}.`)),
    );
  });
}
