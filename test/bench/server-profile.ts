/**
 * Where the microseconds of a stream go: the server under load with V8's profiler on, its samples summed up by part,
 * and beside them what the system counted by thread (which includes the kernel's work on sockets and the threads
 * of ONNX Runtime, of which the profiler sees nothing).
 *
 *     npm run bench:server-profile -- [--streams 400] [--seconds 20] [--packet-ms 100] [--json] [-- FLAGS OF THE SERVER]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { profileByPart } from '../load/cpu-profile.ts';
import { measureLoad } from '../load/measure-load.ts';
import { testModelFolder } from '../support/model.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    streams: { type: 'string', default: '400' },
    seconds: { type: 'string', default: '20' },
    'packet-ms': { type: 'string', default: '100' },
    transport: { type: 'string', default: 'ws' },
    model: { type: 'string', default: testModelFolder() },
    json: { type: 'boolean', default: false },
  },
});
const streams = Number(values.streams);
const seconds = Number(values.seconds);
const audioSeconds = streams * seconds;
const folder = mkdtempSync(join(tmpdir(), 'undertone-profile-'));
let threads: { name: string; usPerAudioSecond: number }[] = [];
const us = (wholeSeconds: number): number => Math.round((wholeSeconds * 1e6) / audioSeconds);
const load = await measureLoad({
  plan: { transport: 'ws', streams, packetMs: Number(values['packet-ms']), seconds, rampMs: 3000 },
  serverArgs: ['--model', values.model, ...positionals],
  nodeArgs: ['--cpu-prof', '--cpu-prof-dir', folder],
  inspect: (server) => {
    threads = server
      .cpuSecondsByThread()
      .map(({ name, seconds: spent }) => ({ name, usPerAudioSecond: us(spent) }));
  },
  say: (line) => {
    if (!values.json) console.error(line);
  },
});
const parts = [...profileByPart(folder)]
  .filter(([part]) => part !== 'idle')
  .map(([part, ms]) => ({ part, usPerAudioSecond: us(ms / 1000) }))
  .sort((a, b) => b.usPerAudioSecond - a.usPerAudioSecond);
rmSync(folder, { recursive: true, force: true });
if (!values.json) {
  console.table(parts);
  console.table(threads);
}
const { cpuSecondsPerAudioSecond } = load;
console.log(
  JSON.stringify({ streams, seconds, packetMs: load.packetMs, cpuSecondsPerAudioSecond, parts, threads }),
);
