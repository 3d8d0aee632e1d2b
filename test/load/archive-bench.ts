/**
 * Lets a worker go through an archive of WAV files (8 kHz mu-law) and says how much faster than real time that is.
 * `npm run bench:archive -- [--recordings 96] [--seconds 60] [--json]`; what follows a further `--` goes to the worker.
 */
import { parseArgs } from 'node:util';
import { measureArchiveRate } from './archive-rate.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    recordings: { type: 'string', default: '96' },
    seconds: { type: 'string', default: '60' },
    json: { type: 'boolean', default: false },
  },
});
const report = await measureArchiveRate({
  recordings: Number(values.recordings),
  seconds: Number(values.seconds),
  workerArgs: positionals,
});
if (values.json) console.log(JSON.stringify(report));
else console.table(report);
