/**
 * Where the microseconds of a stream go: V8's profiler on each thread of a server under load in turn, its samples summed
 * up by part, and beside them what the system counted by thread in the same time, which includes the kernel's work on
 * sockets and the threads that collect garbage, of which the profiler sees nothing.
 *
 *     npm run bench:server-profile -- [--streams 400] [--packet-ms 100] [--json] [-- FLAGS OF THE SERVER]
 */
import { parseArgs } from 'node:util';
import { profileByPart } from '../load/cpu-profile.ts';
import { measureLoad } from '../load/measure-load.ts';
import type { ServerProcess } from '../load/server-process.ts';
import { testModelFolder } from '../support/model.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    streams: { type: 'string', default: '400' },
    'packet-ms': { type: 'string', default: '100' },
    model: { type: 'string', default: testModelFolder() },
    json: { type: 'boolean', default: false },
  },
});
const streams = Number(values.streams);
const workers = 2;
const profileSeconds = 4;
/** Ramp, rest, and a little more than the profiles of all threads take. */
const seconds = 5 + 4 + (workers + 1) * (profileSeconds + 1);

interface Row {
  readonly thread: string;
  readonly part: string;
  readonly usPerAudioSecond: number;
}
const parts: Row[] = [];
let threads: { name: string; usPerAudioSecond: number }[] = [];
const us = (spentSeconds: number): number => Math.round((spentSeconds * 1e6) / (streams * profileSeconds));

async function profile(server: ServerProcess): Promise<void> {
  const before = new Map(server.cpuSecondsByThread().map(({ name, seconds: spent }) => [name, spent]));
  const startMs = performance.now();
  for (let thread = 0; thread <= workers; thread++) {
    const chosen = thread === 0 ? '' : `&thread=${thread}`;
    const answer = await fetch(`${server.adminUrl}/debug/profile?seconds=${profileSeconds}${chosen}`, {
      method: 'POST',
    });
    if (!answer.ok) throw new Error(await answer.text());
    for (const [part, ms] of profileByPart(await answer.text()))
      if (part !== 'idle')
        parts.push({
          thread: thread === 0 ? 'main' : 'recognition',
          part,
          usPerAudioSecond: us(ms / 1000),
        });
  }
  const passed = (performance.now() - startMs) / 1000 / profileSeconds;
  threads = server.cpuSecondsByThread().map(({ name, seconds: spent }) => ({
    name,
    usPerAudioSecond: us((spent - (before.get(name) ?? 0)) / passed),
  }));
}

const load = await measureLoad({
  plan: { transport: 'ws', streams, packetMs: Number(values['packet-ms']), seconds, rampMs: 3000 },
  serverArgs: ['--model', values.model, '--workers', String(workers), ...positionals],
  during: profile,
  say: (line) => {
    if (!values.json) console.error(line);
  },
});
if (load.streamsRefused > 0) console.error(`${load.streamsRefused} streams were refused: take fewer.`);
/** Both recognition threads together. */
const sums = new Map<string, number>();
for (const { thread, part, usPerAudioSecond } of parts) {
  const name = `${thread}: ${part}`;
  sums.set(name, (sums.get(name) ?? 0) + usPerAudioSecond);
}
const rows = [...sums]
  .map(([part, usPerAudioSecond]) => ({ part, usPerAudioSecond }))
  .sort((a, b) => b.usPerAudioSecond - a.usPerAudioSecond);
if (!values.json) {
  console.table(rows);
  console.table(threads);
}
const { cpuSecondsPerAudioSecond, packetMs } = load;
console.log(JSON.stringify({ streams, packetMs, cpuSecondsPerAudioSecond, parts: rows, threads }));
