/**
 * Kills nats-server under load and counts what is missing, double or out of order in its stream.
 * `npm run bench:sink-faults -- [--events 100000] [--sessions 500] [--kills 10] [--rate 4000] [--json]`
 */
import { parseArgs } from 'node:util';
import { runSinkFaults } from './sink-fault-run.ts';

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '100000' },
    sessions: { type: 'string', default: '500' },
    kills: { type: 'string', default: '10' },
    rate: { type: 'string', default: '4000' },
    json: { type: 'boolean', default: false },
  },
});
const report = await runSinkFaults({
  events: Number(values.events),
  sessions: Number(values.sessions),
  kills: Number(values.kills),
  eventsPerSecond: Number(values.rate),
});
if (values.json) console.log(JSON.stringify(report));
else console.table(report);
process.exitCode = report.missing + report.duplicates + report.outOfOrder === 0 ? 0 : 1;
