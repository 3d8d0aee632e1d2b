/**
 * Three servers behind HAProxy under load: restarted one after another, one killed, one that stands still, one added. Prints
 * what became of every final result and how long moves and results took; the last line is one JSON object with --json.
 *
 *     npm run bench:fleet -- --callers 24 --json
 */
import { parseArgs } from 'node:util';
import { allPhases, type FleetReport, type PhaseName, runFleet } from './fleet-run.ts';

const { values } = parseArgs({
  options: {
    callers: { type: 'string', default: '24' },
    'call-seconds': { type: 'string', default: '10' },
    phases: { type: 'string', default: allPhases.join(',') },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(`npm run bench:fleet -- [--callers 24] [--call-seconds 10] [--phases ${allPhases.join(',')}] [--json]

Needs haproxy and nats-server. Exit code 1 where a final result was lost or repeated.`);
  process.exit(0);
}
const number = (name: 'callers' | 'call-seconds'): number => {
  const value = Number(values[name]);
  if (Number.isInteger(value) && value > 0) return value;
  console.error(`Expected --${name} to be a positive whole number; got ${values[name]}.`);
  process.exit(2);
};
const names = values.phases.split(',');
const unknown = names.find((name) => !allPhases.some((known) => known === name));
if (unknown !== undefined) {
  console.error(`Expected --phases to be some of ${allPhases.join(', ')}; got ${unknown}.`);
  process.exit(2);
}
const phases = names as PhaseName[];

const report = await runFleet({
  callers: number('callers'),
  callSeconds: number('call-seconds'),
  phases,
  onPhase: (name) => console.error(`${name} ...`),
});
if (!values.json) print(report);
else console.log(JSON.stringify(report));
const isBad = report.phases.some(
  (phase) => phase.finalsLost + phase.finalsRepeated + phase.eventsOther + phase.callsFailed > 0,
);
process.exitCode = isBad || report.nats.repeated > 0 ? 1 : 0;

function print({ phases: done, nats }: FleetReport): void {
  for (const phase of done) {
    console.log(`\n${phase.name}: ${phase.calls} calls in ${phase.seconds} s, ${phase.redials} redialled`);
    for (const { what, ms, load } of phase.steps)
      console.log(`  ${what}: ${ms} ms; streams ${load.map((n) => n ?? '-').join(' ')}`);
    console.log(
      `  finals: ${phase.finalsExpected} expected, ${phase.finalsLost} lost, ${phase.finalsRepeated} repeated; events: ${phase.eventsExpected}, ${phase.eventsLost} lost, ${phase.eventsRepeated} repeated, ${phase.eventsOther} other; calls failed: ${phase.callsFailed} ${phase.failures.join('; ')}`,
    );
    console.log(
      `  moves: ${phase.moves}, p50 ${phase.moveP50Ms} ms, p99 ${phase.moveP99Ms} ms, ${phase.vainAttempts} attempts in vain; results p50 ${phase.latencyP50Ms} ms, p99 ${phase.latencyP99Ms} ms, finals p99 ${phase.finalLatencyP99Ms} ms`,
    );
  }
  console.log(`\nNATS: ${JSON.stringify(nats)}`);
}
