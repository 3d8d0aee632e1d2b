/**
 * Makes every alert of Prometheus fire by the real fault behind it, and measures from fault to alert and from repair to quiet.
 * Windows are shortened by one factor, the rules are those of `deploy/prometheus`; needs `npm run build` and Debian's `prometheus`.
 * `npm run bench:alert-faults -- [--factor 120] [--clear-seconds 240] [--json] [--write]`
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type AlertTiming, runAlertFaults } from './alert-fault-run.ts';

const { values } = parseArgs({
  options: {
    factor: { type: 'string', default: '120' },
    'clear-seconds': { type: 'string', default: '240' },
    json: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(`npm run bench:alert-faults -- [--factor 120] [--clear-seconds 240] [--json] [--write]
  --factor N         by which every window of the rules is divided
  --clear-seconds N  how long to wait for an alert to go after the repair
  --write            writes the table into docs/operations.md`);
  process.exit(0);
}
const factor = Number(values.factor);
if (!(factor >= 1)) throw new Error(`Expected --factor to be at least 1; got ${values.factor}.`);
const timings = await runAlertFaults({
  factor,
  clearSeconds: Number(values['clear-seconds']),
  say: (line) => console.error(line),
});
if (values.json) console.log(JSON.stringify({ factor, timings }));
else console.table(timings);
if (values.write) writeTable(timings);
process.exit(timings.every(({ firedSeconds, wasQuiet }) => firedSeconds !== null && wasQuiet) ? 0 : 1);

function writeTable(rows: readonly AlertTiming[]): void {
  const path = fileURLToPath(new URL('../../docs/operations.md', import.meta.url));
  const marks = /(<!-- alert faults: [^\n]*-->\n)[\s\S]*?(\n<!-- end of alert faults -->)/;
  const page = readFileSync(path, 'utf8');
  if (!marks.test(page)) throw new Error('docs/operations.md has no marks for the table of alert faults.');
  const time = (seconds: number | null): string => (seconds === null ? 'not in this run' : `${seconds} s`);
  const minutes = (seconds: number | null): string =>
    seconds === null ? '' : `${Math.round((seconds * factor) / 6) / 10} min`;
  const lines = rows.map(
    ({ alert, fault, firedSeconds, clearedSeconds, wasQuiet }) =>
      `| ${alert} | ${fault} | ${wasQuiet ? 'yes' : 'no'} | ${time(firedSeconds)} | ${minutes(firedSeconds)} | ${time(clearedSeconds)} |`,
  );
  const text = [
    `Each alert, made to fire by a real fault on real servers under load, with every window of the rules divided by ${factor}:`,
    '',
    '| alert | fault | quiet before | fires after | at full windows | quiet after the repair |',
    '| --- | --- | --- | --- | --- | --- |',
    ...lines,
    '',
    `"At full windows" is the time measured, times ${factor}: an upper bound, because scraping and counting do not scale.`,
  ];
  writeFileSync(
    path,
    page.replace(marks, (_, before: string, after: string) => `${before}\n${text.join('\n')}\n${after}`),
  );
}
