/** `undertone-train report RUN... --out report.html`: runs side by side on one page. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { readRuns } from '../report/run-report/reported-run.ts';
import { writeResult } from '../report/write-result.ts';
import { fromHere, type Output } from './output.ts';

export interface ReportOptions {
  readonly out: string;
  readonly json?: boolean;
}

export function addReportCommand(program: Command, output: Output): void {
  program
    .command('report')
    .description(
      'one HTML page about runs side by side: scores with intervals, curves, classes, conditions, confidence, configuration',
    )
    .argument(
      '<run...>',
      'run folder, model folder, or a file that "evaluate --out" wrote; what one of them lacks is left out',
    )
    .option('--out <file>', 'HTML file to write; needs nothing beside it', 'report.html')
    .option('--json', 'print where it is and what is in it as one line of JSON')
    .action((runs: string[], options: ReportOptions) => reportCommand(runs, options, output));
}

export async function reportCommand(
  paths: readonly string[],
  { out, json }: ReportOptions,
  { print, progress }: Pick<Output, 'print' | 'progress'>,
): Promise<void> {
  const runs = readRuns(paths);
  // Loading the plotting library takes half a second, which other commands should not wait for.
  const { runReport } = await import('../report/run-report/run-report.ts');
  const path = resolve(out);
  await writeResult(path, runReport(runs));
  if (json) {
    const about = runs.map(({ name, path: from, evaluation, losses }) => ({
      name,
      path: resolve(from),
      uar: evaluation?.wideband.uar ?? null,
      epochs: losses.length,
    }));
    print(JSON.stringify({ report: path, bytes: statSync(path).size, runs: about }));
    return;
  }
  progress.note(`Runs: ${runs.length}; bytes: ${statSync(path).size}.`);
  print(fromHere(path));
}
