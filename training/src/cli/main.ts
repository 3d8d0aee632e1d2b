#!/usr/bin/env node
/** The command `undertone-train`. Progress and errors go to stderr, results to stdout. */
import { UndertoneError } from '@undertone/core';
import { Command } from 'commander';
import { softwareVersions } from '../experiment/run-folder.ts';
import { ProgressLine } from '../report/progress-line.ts';
import { fileError } from '../report/write-result.ts';
import { addAdaptableCommand } from './adaptable-command.ts';
import { addCompareCommand } from './compare-command.ts';
import { addEvaluateCommand } from './evaluate-command.ts';
import { addFeaturesCommand } from './features-command.ts';
import { addFieldsCommand } from './fields-command.ts';
import { addFinetuneCommand } from './finetune-command.ts';
import { addInspectCommand } from './inspect-command.ts';
import { exitStopped, type Output } from './output.ts';
import { addPredictCommand } from './predict-command.ts';
import { addQuantiseCommand } from './quantise-command.ts';
import { addReportCommand } from './report-command.ts';
import { addSchemaCommand } from './schema-command.ts';
import { addSplitCommand } from './split-command.ts';
import { addTrainCommand } from './train-command.ts';
import { addTuneCommand } from './tune-command.ts';
import { usageError } from './usage-error.ts';
import { addVerifyCommand } from './verify-command.ts';

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

const program = new Command('undertone-train')
  .description('Trains and measures emotion models.')
  .version(softwareVersions().training!, '--version', 'print the version and do nothing')
  .configureOutput({ outputError: (text, write) => write(usageError(text)) });
addTrainCommand(program, output);
addInspectCommand(program, output);
addSplitCommand(program, output);
addCompareCommand(program, output);
addEvaluateCommand(program, output);
addPredictCommand(program, output);
addReportCommand(program, output);
addQuantiseCommand(program, output);
addAdaptableCommand(program, output);
addVerifyCommand(program, output);
addFeaturesCommand(program, output);
addFieldsCommand(program, output);
addFinetuneCommand(program, output);
addSchemaCommand(program, output);
addTuneCommand(program, output);

try {
  await program.parseAsync();
} catch (error) {
  const known = error instanceof UndertoneError ? error : fileError(error);
  if (!known) throw error;
  output.progress.note(`${known.code}: ${known.message}`);
  process.exitCode = known.code === 'aborted' ? exitStopped : 1;
}
