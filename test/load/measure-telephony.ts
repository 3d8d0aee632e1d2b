/** Calls against servers of their own, with what each server spent on them. */
import { runTelephonyGenerator } from './run-generator.ts';
import { ServerProcess } from './server-process.ts';
import type { TelephonyPlan } from './telephony-plan.ts';

export interface TelephonyMeasurement {
  readonly plan: Omit<TelephonyPlan, 'urls'>;
  /** Flags of each server; all get the same load at the same time. */
  readonly servers: readonly (readonly string[])[];
  /** Runs while the calls do, from when all have begun. */
  readonly during?: (server: ServerProcess) => Promise<void>;
}

export interface TelephonyReport {
  readonly streams: number;
  readonly seconds: number;
  /** Of each server, all its threads and the kernel for it. */
  readonly cpuSecondsPerAudioSecond: readonly number[];
  /** Of each server: events that its sinks took. */
  readonly published: readonly number[];
  /** Seconds of audio that should have been recognised and were not, over all servers. */
  readonly audioSecondsMissing: number;
  readonly callsFailed: number;
  readonly failures: readonly string[];
  readonly sendLatenessP99Ms: number;
  readonly generatorCpuShare: number;
  /** The generator was too slow to be believed: take fewer streams. */
  readonly generatorBottleneck: boolean;
}

export async function measureTelephony({
  plan,
  servers: flags,
  during,
}: TelephonyMeasurement): Promise<TelephonyReport> {
  const { door, streams, seconds, rampMs } = plan;
  const servers: ServerProcess[] = [];
  try {
    for (const args of flags)
      servers.push(await ServerProcess.start(['--log-level', 'warn', '--max-utilisation', '1', ...args]));
    const before = servers.map((server) => server.cpuSeconds());
    const urls = servers.map(({ url }) => url.replace('/v1/stream', `/v1/${door}`));
    const [outcome] = await Promise.all([
      runTelephonyGenerator({ ...plan, urls }),
      during &&
        new Promise((resolve) => setTimeout(resolve, rampMs + 2000)).then(() =>
          Promise.all(servers.map((server) => during(server))),
        ),
    ]);
    const channels = door === 'audiohook' ? 2 : 1;
    const heard: number[] = [];
    const published: number[] = [];
    for (const server of servers) {
      // The last results of a call follow its end.
      await untilQuiet(server);
      heard.push((await metricOf(server, 'undertone_audio_received_seconds_total')) / channels);
      published.push(await metricOf(server, 'undertone_sink_delivered_total'));
    }
    // Of what came in: a server that refuses calls must not look cheaper for it.
    const cpu = servers.map((server, i) => (server.cpuSeconds() - before[i]!) / heard[i]!);
    return {
      streams,
      seconds,
      cpuSecondsPerAudioSecond: cpu.map((value) => Number(value.toPrecision(4))),
      published,
      audioSecondsMissing: Math.round(
        streams * seconds * servers.length - heard.reduce((sum, each) => sum + each, 0),
      ),
      callsFailed: outcome.failures.length,
      failures: [...new Set(outcome.failures)].slice(0, 5),
      sendLatenessP99Ms: outcome.latenessP99Ms,
      generatorCpuShare: Math.round(outcome.cpuShare * 100) / 100,
      generatorBottleneck: outcome.latenessP99Ms > 20 || outcome.cpuShare > 0.9,
    };
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

async function untilQuiet(server: ServerProcess): Promise<void> {
  const untilMs = performance.now() + 20_000;
  while ((await metricOf(server, 'undertone_sessions_active')) > 0) {
    if (performance.now() > untilMs) throw new Error('Calls are still open 20 s after their end.');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** The sum over all labels. */
async function metricOf(server: ServerProcess, name: string): Promise<number> {
  const text = await (await fetch(`${server.adminUrl}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}
