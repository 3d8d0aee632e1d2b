/** `undertone-train predict MODEL FILES...`: what a server with this model would answer to each file. */
import { resolve } from 'node:path';
import { UndertoneError } from '@undertone/core';
import type { Command } from 'commander';
import type { Clip } from '../data/clip.ts';
import { openModelFolder } from '../evaluate/model-folder.ts';
import { loadCorpora } from '../experiment/prepare-data.ts';
import { findAudio } from '../predict/find-audio.ts';
import { type PredictedFile, predictFiles } from '../predict/predict-files.ts';
import { csvHeader, csvRow } from '../predict/prediction-rows.ts';
import { type KnownPrediction, scorePredictions } from '../predict/score-predictions.ts';
import { counted, intervalWarning, percent } from '../report/numbers.ts';
import { range } from '../report/tables.ts';
import { labelMapOption, labelSchemeOfModel } from './options.ts';
import type { Output } from './output.ts';

export interface PredictOptions {
  readonly truth?: string;
  readonly labelMap?: readonly string[];
  readonly json?: boolean;
}

export function addPredictCommand(program: Command, output: Output): void {
  program
    .command('predict')
    .description(
      'label, confidence, scores, sentiment, dimensions and segments of each file, as the server would answer; CSV',
    )
    .argument('<model>', 'model folder, of any kind')
    .argument('[files...]', 'recordings of any format, or folders of them; channels are mixed to one')
    .option('--truth <corpus>', 'CSV manifest or corpus folder that says what the files hold; adds scores')
    .option('--json', 'one line of JSON for each file, segments included')
    .addOption(labelMapOption())
    .addHelpText(
      'after',
      '\nWithout files, those that --truth names are predicted. Files that cannot be read are named and skipped; the exit code is then 1.',
    )
    .action(async (model: string, files: string[], options: PredictOptions) => {
      if ((await predictCommand(model, files, options, output)) > 0) process.exitCode = 1;
    });
}

interface TruthfulFile extends PredictedFile {
  readonly truth: Clip | null;
}

/** @returns the number of files that could not be read */
export async function predictCommand(
  modelFolder: string,
  paths: readonly string[],
  options: PredictOptions,
  { print, progress, signal }: Output,
): Promise<number> {
  if (paths.length === 0 && options.truth === undefined) {
    throw new UndertoneError(
      'bad_config',
      'Expected files to predict, or --truth with a corpus; found none.',
    );
  }
  const model = await openModelFolder(modelFolder);
  try {
    const { labels, name, version } = model.manifest;
    const corpora =
      options.truth === undefined
        ? []
        : await loadCorpora([options.truth], undefined, {
            labels: labelSchemeOfModel(labels, options.labelMap),
          });
    const files = await filesToPredict(
      paths,
      corpora.flatMap(({ clips }) => clips),
    );
    const withTruth = options.truth !== undefined;
    const known: KnownPrediction[] = [];
    let failed = 0;
    if (!options.json) print(csvHeader(labels, withTruth));
    await predictFiles(
      model,
      files,
      (result, index) => {
        const { path, startS, endS, truth } = result.file;
        progress.update('files', index + 1, files.length, path);
        const part = {
          ...(startS !== undefined && { start_s: startS }),
          ...(endS !== undefined && { end_s: endS }),
        };
        if ('error' in result) {
          failed++;
          const { code, message } = result.error;
          progress.note(`Skipped: ${code}: ${message}`);
          if (options.json) print(JSON.stringify({ type: 'Error', file: path, ...part, code, message }));
          return;
        }
        const { prediction } = result;
        if (truth) known.push({ speaker: truth.speaker, truth: truth.label, prediction });
        if (!options.json) {
          print(csvRow(path, labels, prediction, withTruth ? (truth?.label ?? '') : null));
          return;
        }
        const about = {
          file: path,
          ...part,
          model: `${name}@${version}`,
          ...(truth && { truth: truth.label }),
        };
        print(JSON.stringify({ type: 'Prediction', ...about, ...prediction }));
      },
      signal,
    );
    if (known.length > 0) reportScores(known, labels, options.json ?? false, { print, progress });
    if (failed > 0) progress.note(`${failed} of ${files.length} files could not be read.`);
    return failed;
  } finally {
    await model.close();
  }
}

/** The files that are named with what is known of them; without any, all that is known. */
async function filesToPredict(paths: readonly string[], clips: readonly Clip[]): Promise<TruthfulFile[]> {
  const ofClip = (clip: Clip, path: string): TruthfulFile => ({
    path,
    startS: clip.startS,
    endS: clip.endS,
    truth: clip,
  });
  if (paths.length === 0) return clips.map((clip) => ofClip(clip, clip.path));
  const byPath = new Map<string, Clip[]>();
  for (const clip of clips) byPath.set(resolve(clip.path), [...(byPath.get(resolve(clip.path)) ?? []), clip]);
  return (await findAudio(paths)).flatMap((path) => {
    const parts = byPath.get(resolve(path));
    return parts ? parts.map((clip) => ofClip(clip, path)) : [{ path, truth: null }];
  });
}

function reportScores(
  known: readonly KnownPrediction[],
  labels: readonly string[],
  json: boolean,
  { print, progress }: Pick<Output, 'print' | 'progress'>,
): void {
  const scores = scorePredictions(known, labels, 1);
  const { files, speakers, uar, interval, accuracy, f1, abstention } = scores;
  progress.note(
    `UAR ${percent(uar)} ${range(interval)}, accuracy ${percent(accuracy)}, F1 ${percent(f1)} on ${counted(files, 'file')} by ` +
      `${counted(speakers, 'speaker')}; without a label ${percent(abstention.share)}, wrong ${percent(abstention.riskAnswered)} of ` +
      `those with one and ${percent(abstention.riskAbstained)} of those without.`,
  );
  const warning = intervalWarning(speakers);
  if (warning !== null) progress.note(warning);
  if (json) print(JSON.stringify({ type: 'Scores', ...scores }));
}
