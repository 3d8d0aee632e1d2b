#!/usr/bin/env node
/** The command `undertone-train`. Progress and errors go to stderr, results to stdout. */
import { UndertoneError } from '@undertone/core';
import { Command, Option } from 'commander';
import { experimentFields } from '../config/experiment.ts';
import { ProgressLine } from '../report/progress-line.ts';
import { type EvaluateOptions, evaluateCommand } from './evaluate-command.ts';
import { type Output, type TrainOptions, trainCommand } from './train-command.ts';

const exitStopped = 130;
const stop = new AbortController();
const output: Output = {
  print: (text) => console.log(text),
  progress: new ProgressLine(process.stderr),
  signal: stop.signal,
};

process.on('SIGINT', () => {
  // The second time the user means it.
  if (stop.signal.aborted) process.exit(exitStopped);
  output.progress.note('Stopping at the end of this step.');
  stop.abort();
});

const list = (text: string, before: readonly string[] = []): string[] => [
  ...before,
  ...text.split(',').map((name) => name.trim()),
];
const collect = (text: string, before: readonly string[] = []): string[] => [...before, text];

const cacheOption = (): Option =>
  new Option('--cache <folder>', 'where computed features are kept').default('.cache/features');
const demographicsOption = (): Option =>
  new Option('--demographics <file>', "CREMA-D's VideoDemographics.csv, for the actors' sex");

const program = new Command('undertone-train').description('Trains and measures emotion models.');

program
  .command('train', { isDefault: true })
  .description('from recordings to a model: loads, splits by speaker, trains, measures, exports')
  .argument(
    '<corpus...>',
    'CREMA-D or RAVDESS folder, or a CSV manifest (path, speaker, label, start, end, sex)',
  )
  .requiredOption('--out <folder>', 'model folder to write')
  .option('--run <folder>', 'where the run is kept (default: runs/<corpus>)')
  .option('--resume', 'go on with the run where it was stopped')
  .option('--config <file>', 'JSON file with fields of the experiment')
  .option('--set <name=value>', 'one field of the experiment; see the command "fields"', collect)
  .option('--epochs <n>', 'how often the training clips are gone through')
  .option('--seed <n>', 'seed of everything random')
  .option('--val-share <share>', 'share of the speakers held out for validation')
  .option('--val-speakers <names>', 'the speakers held out, separated by commas', list)
  .option('--final', 'afterwards train on all speakers and export that model')
  .option('--print-config', 'print the resolved experiment and do nothing')
  .option('--json', 'print the measurements as one line of JSON')
  .addOption(demographicsOption())
  .addOption(cacheOption())
  .action(async (corpora: string[], options: TrainOptions) => {
    if (!(await trainCommand(corpora, options, output))) process.exitCode = exitStopped;
  });

program
  .command('evaluate')
  .description('measures a model on a corpus: classes, conditions, seconds heard, sex, calibration')
  .argument('<model>', 'model folder')
  .argument('<corpus...>')
  .option('--speakers <names>', 'only these, separated by commas', list)
  .option('--seed <n>', 'seed of noise and intervals', '1')
  .option('--threads <n>', 'threads for features', '2')
  .option('--json', 'print everything as one line of JSON')
  .addOption(demographicsOption())
  .addOption(cacheOption())
  .action((model: string, corpora: string[], options: EvaluateOptions) =>
    evaluateCommand(model, corpora, options, output),
  );

program
  .command('fields')
  .description('lists the fields of an experiment with defaults and ranges')
  .action(() => {
    for (const [name, { default: value, expected, sentence }] of Object.entries(experimentFields)) {
      console.log(`${name} = ${JSON.stringify(value)}\n    ${sentence} Expected: ${expected}.`);
    }
  });

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof UndertoneError)) throw error;
  output.progress.note(`${error.code}: ${error.message}`);
  process.exitCode = error.code === 'aborted' ? exitStopped : 1;
}
