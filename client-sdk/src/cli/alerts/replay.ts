/** `undertone alerts replay`: recordings one after the other through a set of rules. */
import { stat, writeFile } from 'node:fs/promises';
import { UndertoneError } from '@undertone/core';
import { toAlertMessage } from '@undertone/proto';
import { AlertReplay, type ReplayReport } from '../../alerts/alert-replay.ts';
import { replayHtml, replaySvg } from '../../alerts/replay-page.ts';
import { replayRows, replayTitle } from '../../alerts/replay-words.ts';
import { printable } from '../../calls/printable.ts';
import { readEventLines } from '../../calls/read-event-lines.ts';
import { asUndertoneError } from '../../client/as-undertone-error.ts';
import { readText } from '../read-text.ts';
import { readRules } from './read-rules.ts';

export interface ReplayCommandOptions {
  readonly json?: boolean;
  /** .html or .svg */
  readonly plot?: string;
  readonly curve?: boolean;
}

interface Problems {
  count: number;
  readonly first: string[];
}

const namedProblems = 10;
const keptCalls = 8;

/** @returns whether everything was read */
export async function replayAlerts(
  rulesPath: string,
  files: readonly string[],
  options: ReplayCommandOptions,
): Promise<boolean> {
  try {
    const { plot } = options;
    if (plot !== undefined && !/\.(html|svg)$/i.test(plot))
      throw new UndertoneError('bad_parameter', `Expected --plot to name a .html or .svg file; got ${plot}.`);
    const rules = await readRules(rulesPath);
    const hasPlot = plot !== undefined;
    const replay = new AlertReplay(rules, {
      hasCurves: hasPlot || options.curve === true,
      keptCalls: hasPlot ? keptCalls : 0,
    });
    const problems: Problems = { count: 0, first: [] };
    const unread = await readAll(files, replay, problems);
    // Nothing was read at all: a table of zeros would say that there were no alerts.
    if (unread === files.length) return false;
    const report = replay.finish();
    if (plot !== undefined) {
      const text = /\.svg$/i.test(plot) ? replaySvg(rules, report) : replayHtml(rules, report);
      await writeFile(plot, text).catch((cause: Error) => {
        throw new UndertoneError('file_not_found', `Expected to write ${plot}; ${cause.message}.`, { cause });
      });
    }
    process.stdout.write(options.json ? `${jsonText(report, problems)}\n` : reportText(report, options));
    tellProblems(report, problems);
    return unread === 0 && report.calls > 0;
  } catch (cause) {
    const { code, message } = asUndertoneError(cause);
    process.stderr.write(`${code}: ${message}\n`);
    return false;
  }
}

/** @returns how many could not be read to their end */
async function readAll(files: readonly string[], replay: AlertReplay, problems: Problems): Promise<number> {
  const progress = new Progress(await sizeOf(files));
  let unread = 0;
  for (const file of files) {
    try {
      for await (const { line, event, problem } of readEventLines(counted(readText(file), progress))) {
        const why = event ? replay.accept(event) : problem;
        if (why !== null) note(problems, `${file}:${line}: ${printable(why)}`);
      }
    } catch (cause) {
      unread++;
      progress.clear();
      const { code, message } = asUndertoneError(cause);
      process.stderr.write(`${code}: ${message}\n`);
    }
  }
  progress.clear();
  return unread;
}

async function* counted(parts: AsyncIterable<string>, progress: Progress): AsyncGenerator<string> {
  for await (const part of parts) {
    progress.read(part.length);
    yield part;
  }
}

async function sizeOf(files: readonly string[]): Promise<number> {
  const sizes = await Promise.all(
    files.map((file) =>
      stat(file).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** On a terminal, in one line that is overwritten. */
class Progress {
  readonly #total: number;
  #done = 0;
  #shown = -1;

  constructor(total: number) {
    this.#total = total;
  }

  read(characters: number): void {
    this.#done += characters;
    if (!process.stderr.isTTY || this.#total === 0) return;
    const percent = Math.min(100, Math.floor((100 * this.#done) / this.#total));
    if (percent === this.#shown) return;
    this.#shown = percent;
    const bar = '#'.repeat(Math.floor(percent / 4)).padEnd(25, '.');
    process.stderr.write(`\r\u001b[K${bar} ${percent} %`);
  }

  clear(): void {
    if (process.stderr.isTTY && this.#shown >= 0) process.stderr.write('\r\u001b[K');
  }
}

function note(problems: Problems, text: string): void {
  problems.count++;
  if (problems.first.length < namedProblems) problems.first.push(text);
}

function tellProblems(
  { withoutEnd, unknownLabels, alertsLeftOut, calls }: ReplayReport,
  problems: Problems,
): void {
  const lines = [
    ...problems.first,
    ...(problems.count > problems.first.length
      ? [`${problems.count - problems.first.length} more lines are left out`]
      : []),
    ...(calls === 0 ? ['no call was found'] : []),
    ...(withoutEnd > 0
      ? [`calls without a Summary, which end where they were heard last: ${withoutEnd}`]
      : []),
    ...(unknownLabels.length > 0
      ? [`labels of rules that no result has: ${unknownLabels.map(printable).join(', ')}`]
      : []),
    ...(alertsLeftOut > 0 ? [`alerts beyond the first ones, counted and not listed: ${alertsLeftOut}`] : []),
  ];
  for (const line of lines) process.stderr.write(`${line}\n`);
}

function reportText(report: ReplayReport, { curve }: ReplayCommandOptions): string {
  const rows = replayRows(report);
  const lines = [replayTitle(report), '', ...table(rows)];
  if (curve) {
    for (const { rule, points } of report.curves) {
      const some = points.map(({ on, opened, alertsPerHour, shareOfCalls }) => [
        String(on),
        String(opened),
        (alertsPerHour ?? 0).toFixed(2),
        `${Math.round(100 * (shareOfCalls ?? 0))} %`,
      ]);
      lines.push('', rule, ...table([['on', 'opened', 'an hour', 'calls with'], ...some]));
    }
  }
  return `${lines.join('\n')}\n`;
}

/** The first column to the left, the others to the right. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  return rows.map((row) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join('  ')
      .trimEnd(),
  );
}

function jsonText(report: ReplayReport, problems: Problems): string {
  const { keptCalls: _, alerts, alertsLeftOut, rules, ...rest } = report;
  return JSON.stringify({
    format: 'undertone.alert-replay/1',
    ...rest,
    rules,
    problems: { count: problems.count, first: problems.first },
    alertsLeftOut,
    alerts: alerts.map(({ session, role, ...alert }) => ({
      session_id: session,
      ...toAlertMessage(alert, session, role),
    })),
  });
}
