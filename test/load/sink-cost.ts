/**
 * What publishing to NATS costs the server, and whether a NATS that is absent or stands still costs its streams anything:
 * the same load in turns without a sink, with NATS, with none at its address, and with one that is stopped meanwhile.
 * The cost is a share of the server's CPU in one and the same run, by V8's profiler of the main thread, because runs differ
 * more from one another than by what a sink costs: making events, publishing them and taking acknowledgements; of what
 * Node does before the client of NATS gets to read, and of collecting garbage, nothing is counted to it.
 *
 * `npm run bench:sink-cost -- [--streams 100] [--seconds 20] [--rounds 1] [--json]`
 */
import { parseArgs } from 'node:util';
import { testModelFolder } from '../support/model.ts';
import { NatsServer } from '../support/nats-server.ts';
import { profileShare } from './cpu-profile.ts';
import { measureLoad } from './measure-load.ts';
import type { ServerProcess } from './server-process.ts';

const { values } = parseArgs({
  options: {
    streams: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '20' },
    rounds: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});
const [streams, seconds] = [Number(values.streams), Number(values.seconds)];
const plan = { transport: 'ws', packetMs: 100, rampMs: 5000, streams, seconds } as const;
const ways = ['none', 'nats', 'absent', 'stopped'] as const;
type Way = (typeof ways)[number];

interface Run {
  readonly way: Way;
  readonly cpuMsPerAudioSecond: number;
  readonly serverInterimP99Ms: number;
  readonly serverFinalP99Ms: number;
  readonly eventsLost: number;
  readonly streamsFailed: number;
  /** Where the machine is busy with something else: a run with many of them says little. */
  readonly streamsRefused: number;
  /** That the sink took while all streams ran, for each second of their audio. */
  readonly publishedPerAudioSecond: number;
  /** Of what all threads spent. */
  readonly sinkCpuShare: number;
}

/** The sinks and the client of NATS; what passes the server's messages on to callers is none of theirs. */
const ofSinks = /server\/dist\/sink\/(?!tapped-transport)|@nats-io\//;

async function run(way: Way): Promise<Run> {
  const nats = await NatsServer.create();
  if (way !== 'absent') await nats.start();
  const sinkArgs = way === 'none' ? [] : ['--nats-url', nats.url, '--nats-stream', 'results'];
  let published = 0;
  let share = 0;
  const report = await measureLoad({
    plan,
    serverArgs: ['--model', testModelFolder(), '--max-utilisation', '1', ...sinkArgs],
    during: async (server) => {
      const windowSeconds = Math.max(1, Math.floor(seconds - plan.rampMs / 1000 - 3));
      if (way === 'stopped') nats.freeze();
      const before = await delivered(server);
      share = await sinkShare(server, windowSeconds);
      published = ((await delivered(server)) - before) / windowSeconds;
      nats.resume();
    },
  });
  await nats.remove();
  return {
    way,
    cpuMsPerAudioSecond: round(report.cpuSecondsPerAudioSecond * 1000),
    serverInterimP99Ms: round(report.serverInterimP99Ms),
    serverFinalP99Ms: round(report.serverFinalP99Ms),
    eventsLost: report.eventsLost,
    streamsFailed: report.streamsFailed,
    streamsRefused: report.streamsRefused,
    publishedPerAudioSecond: round(published / Math.max(1, streams - report.streamsRefused)),
    sinkCpuShare: round(share),
  };
}

async function sinkShare(server: ServerProcess, windowSeconds: number): Promise<number> {
  const before = new Map(server.cpuSecondsByThread().map(({ name, seconds: spent }) => [name, spent]));
  const answer = await fetch(`${server.adminUrl}/debug/profile?seconds=${windowSeconds}`, { method: 'POST' });
  if (!answer.ok) throw new Error(await answer.text());
  const spent = server
    .cpuSecondsByThread()
    .map(({ name, seconds: after }) => ({ name, seconds: after - (before.get(name) ?? 0) }));
  const all = spent.reduce((sum, each) => sum + each.seconds, 0);
  const main = spent.find(({ name }) => name === 'main thread')?.seconds ?? 0;
  const { busyMs, ofThemMs } = profileShare(await answer.text(), ofSinks);
  return ((ofThemMs / busyMs) * main) / all;
}

async function delivered(server: ServerProcess): Promise<number> {
  const text = await (await fetch(`${server.adminUrl}/metrics`)).text();
  const counts = text.matchAll(/^undertone_sink_delivered_total\{sink="nats",.*\} (\S+)/gm);
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
}

const round = (value: number): number => Math.round(value * 1000) / 1000;
const mean = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0) / numbers.length;

const runs: Run[] = [];
for (let i = 0; i < Number(values.rounds); i++) {
  // There and back, so that what the machine does meanwhile falls on all of them.
  for (const way of i % 2 === 0 ? ways : ways.toReversed()) {
    runs.push(await run(way));
    if (!values.json) console.error(runs.at(-1));
  }
}
const shares = runs.filter(({ way }) => way === 'nats').map(({ sinkCpuShare }) => sinkCpuShare);
console.log(JSON.stringify({ sinkCpuShare: round(mean(shares)), runs }));
