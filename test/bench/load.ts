/**
 * Load on the server: so many streams of speech in real time, from a process of their own. Prints what a result waits
 * for, what the server spends and whether an event was lost; the last line is one JSON object. The server is the built
 * program with its defaults; what follows `--` goes to it (`-- --workers 1`).
 *
 *     npm run bench:load -- --streams 200 --seconds 30 --packet-ms 100 --transport ws --json
 */
import { parseArgs } from 'node:util';
import { measureLoad } from '../load/measure-load.ts';
import { testModelFolder } from '../support/model.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    streams: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '30' },
    'packet-ms': { type: 'string', default: '100' },
    'ramp-seconds': { type: 'string' },
    transport: { type: 'string', default: 'ws' },
    wav: { type: 'string' },
    model: { type: 'string', default: testModelFolder() },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(`npm run bench:load -- [--streams 200] [--seconds 30] [--packet-ms 100] [--ramp-seconds 5 or 10 ms per stream]
  [--transport ws|grpc] [--wav FILE] [--model DIR] [--json] [-- FLAGS OF THE SERVER]`);
  process.exit(0);
}
const number = (name: 'streams' | 'seconds' | 'packet-ms'): number => {
  const value = Number(values[name]);
  if (Number.isInteger(value) && value > 0) return value;
  console.error(`Expected --${name} to be a positive whole number; got ${values[name]}.`);
  process.exit(2);
};
if (values.transport !== 'ws' && values.transport !== 'grpc') {
  console.error(`Expected --transport to be ws or grpc; got ${values.transport}.`);
  process.exit(2);
}
const streams = number('streams');
const report = await measureLoad({
  plan: {
    transport: values.transport,
    streams,
    packetMs: number('packet-ms'),
    seconds: number('seconds'),
    rampMs: values['ramp-seconds'] ? Number(values['ramp-seconds']) * 1000 : Math.max(5000, streams * 10),
    ...(values.wav ? { wav: values.wav } : {}),
  },
  serverArgs: ['--model', values.model, ...positionals],
  say: (line) => {
    if (!values.json) console.error(line);
  },
});
if (!values.json) console.error(report);
if (report.generatorBottleneck)
  console.error('The generator could not keep up: latencies are partly its own.');
console.log(JSON.stringify(report));
