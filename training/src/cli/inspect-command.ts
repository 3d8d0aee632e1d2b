/** `undertone-train inspect DIR...`: what is in some recordings, and what looks wrong, before anything is trained on them. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { inspectionPage } from '../inspect/inspect-page.ts';
import { findingText, inspectionHeadline, inspectionTables } from '../inspect/inspect-tables.ts';
import { type Inspection, inspectionOf } from '../inspect/inspection.ts';
import { measureClips } from '../inspect/measure-clips.ts';
import { loadForInspection } from '../inspect/plain-folder.ts';
import { terminalTable } from '../report/tables.ts';
import { writeResult } from '../report/write-result.ts';
import { demographicsOption, wholeNumber } from './options.ts';
import type { Output } from './output.ts';

export interface InspectOptions {
  readonly demographics?: string;
  readonly votes?: string;
  readonly threads: string;
  readonly html?: string;
  readonly json?: boolean;
  readonly clips?: boolean;
}

export function addInspectCommand(program: Command, output: Output): void {
  program
    .command('inspect')
    .description(
      'clips, speakers, classes, levels, clipping, noise, bandwidth, duplicates, and what looks wrong',
    )
    .argument('<corpus...>', 'corpus folders, CSV manifests, or any folders with recordings')
    .option('--votes <file>', "what CREMA-D's raters heard")
    .option('--threads <n>', 'threads that read', '2')
    .option('--html <file>', 'write a page with plots')
    .option('--json', 'print everything as one line of JSON')
    .option('--clips', 'with --json: what was measured of each clip as well')
    .addOption(demographicsOption())
    .action((paths: string[], options: InspectOptions) => inspectCommand(paths, options, output));
}

export async function inspectCommand(
  paths: readonly string[],
  options: InspectOptions,
  { print, progress, signal }: Output,
): Promise<void> {
  const threads = wholeNumber('--threads', options.threads);
  const inspections: Inspection[] = [];
  for (const path of paths) {
    const corpus = await loadForInspection(path, {
      demographicsPath: options.demographics,
      votesPath: options.votes,
    });
    const results = await measureClips(corpus.clips, {
      threads,
      signal,
      onProgress: (done, total) => progress.update(corpus.title, done, total, 'clips'),
    });
    inspections.push(inspectionOf(corpus, results));
  }
  if (options.html !== undefined) {
    await writeResult(resolve(options.html), inspectionPage(inspections));
  }
  print(
    options.json
      ? JSON.stringify(inspections.map((inspection) => asJson(inspection, options.clips ?? false)))
      : inspections.map(asText).join('\n\n\n'),
  );
}

function asText(inspection: Inspection): string {
  const findings = inspection.findings.map(findingText);
  return [
    inspectionHeadline(inspection),
    ...inspectionTables(inspection).map(terminalTable),
    ['What looks wrong', ...(findings.length > 0 ? findings : ['nothing'])].join('\n'),
  ].join('\n\n');
}

function asJson({ measured, ...rest }: Inspection, clips: boolean): Record<string, unknown> {
  if (!clips) return { ...rest };
  return {
    ...rest,
    measured: measured.map(({ clip, name, measures }) => {
      const { path, speaker, label } = clip;
      return { name, path, speaker, label, ...measures };
    }),
  };
}
