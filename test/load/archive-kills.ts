/**
 * Kills workers while they go through an archive, and compares what is in the stream with `POST /v1/analyze`.
 * `npm run bench:archive-kills -- [--recordings 200] [--kills 18] [--workers 2] [--seed 1] [--json]`
 */
import { parseArgs } from 'node:util';
import type { ServerMessage } from '@undertone/proto';
import { testModelFolder } from '../support/model.ts';
import { runArchiveKills } from './archive-kill-run.ts';
import { ServerProcess } from './server-process.ts';

const { values } = parseArgs({
  options: {
    recordings: { type: 'string', default: '200' },
    kills: { type: 'string', default: '18' },
    workers: { type: 'string', default: '2' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});
const server = await ServerProcess.start([
  '--model',
  testModelFolder(),
  '--log-level',
  'error',
  '--rate-limit',
  '0',
  '--alerts',
  'on',
]);
const url = server.url.replace('ws:', 'http:').replace('/v1/stream', '/v1/analyze');
const report = await runArchiveKills({
  recordings: Number(values.recordings),
  seconds: [10, 90],
  workers: Number(values.workers),
  kills: Number(values.kills),
  seed: Number(values.seed),
  isBuilt: true,
  analyze: async (wav) => {
    const response = await fetch(url, { method: 'POST', body: wav as BodyInit });
    if (response.status !== 200) throw new Error(await response.text());
    const { begin, events, summary } = (await response.json()) as {
      begin: ServerMessage;
      events: ServerMessage[];
      summary: ServerMessage;
    };
    return [begin, ...events, summary];
  },
});
await server.stop();
if (values.json) console.log(JSON.stringify(report));
else console.table(report);
const wrong = report.missing + report.duplicates + report.outOfOrder + report.different + report.dead;
process.exitCode = wrong === 0 ? 0 : 1;
