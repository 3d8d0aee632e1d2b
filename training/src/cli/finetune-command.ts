/** `undertone-train finetune MODEL CORPUS`: adapts a streaming model to other voices. */
import { basename, join, resolve } from 'node:path';
import { UndertoneError } from '@undertone/core';
import type { Command } from 'commander';
import { experimentFields } from '../config/experiment.ts';
import { readExperimentFile } from '../config/experiment-file.ts';
import { experimentYaml } from '../config/experiment-yaml.ts';
import { summary } from '../evaluate/manifest-metrics.ts';
import { loadCorpora } from '../experiment/prepare-data.ts';
import { readBaseModel } from '../finetune/base-model.ts';
import { type AdaptationClips, chooseClips } from '../finetune/choose-clips.ts';
import { beforeAndAfter } from '../finetune/describe-tuned.ts';
import { finetune } from '../finetune/finetune.ts';
import { finetuneExperiment } from '../finetune/finetune-settings.ts';
import { counted, intervalWarning } from '../report/numbers.ts';
import { terminalTable } from '../report/tables.ts';
import { speakersOf } from '../split/split.ts';
import {
  cacheOption,
  collect,
  demographicsOption,
  labelMapOption,
  labelSchemeOfModel,
  list,
} from './options.ts';
import { exitStopped, type Output } from './output.ts';
import { fieldFlags } from './train-command.ts';

export interface FinetuneOptions {
  readonly out: string;
  readonly run?: string;
  readonly heldOut?: readonly string[];
  readonly speakers?: readonly string[];
  readonly minutes?: string;
  readonly priors?: string;
  readonly stopBy?: string;
  readonly config?: string;
  readonly set?: readonly string[];
  readonly labelMap?: readonly string[];
  readonly demographics?: string;
  readonly cache: string;
  readonly resume?: boolean;
  readonly json?: boolean;
  readonly printConfig?: boolean;
}

export function addFinetuneCommand(program: Command, output: Output): void {
  program
    .command('finetune')
    .description(
      'adapts a streaming model to other voices with a few minutes of their speech, and reports what that changes for speakers it did not hear',
    )
    .argument('<model>', 'model folder to start from')
    .argument('<corpus...>', 'corpus folder, or a CSV manifest (path, speaker, label, start, end, sex)')
    .requiredOption('--out <folder>', 'model folder to write')
    .option('--run <folder>', 'where the run is kept (default: runs/finetune-<corpus>)')
    .option('--held-out <names>', 'speakers to measure on, or a share of them (default: 0.3)', list)
    .option('--speakers <names>', 'speakers to adapt to (default: all the others)', list)
    .option('--minutes <n>', 'at most so many minutes of recordings, evenly of each speaker and class')
    .option(
      '--priors <which>',
      'prior means of the normaliser: measured on these recordings, or kept',
      'measured',
    )
    .option(
      '--stop-by <which>',
      'who says when to stop: other speakers, or other clips of the same speakers (default: clips)',
    )
    .option('--config <file>', 'YAML or JSON file with fields of the experiment, which flags override')
    .option('--set <name=value>', 'one field of the experiment; see --print-config', collect)
    .option('--resume', 'go on with the run where it was stopped')
    .option('--print-config', 'print the resolved fields and do nothing')
    .option('--json', 'print the measurements before and after as one line of JSON')
    .addOption(labelMapOption())
    .addOption(demographicsOption())
    .addOption(cacheOption())
    .action(async (model: string, corpora: string[], options: FinetuneOptions) => {
      if (!(await finetuneCommand(model, corpora, options, output))) process.exitCode = exitStopped;
    });
}

/** @returns false when the signal stopped it */
export async function finetuneCommand(
  modelFolder: string,
  corpusPaths: readonly string[],
  options: FinetuneOptions,
  { print, progress, signal }: Output,
): Promise<boolean> {
  const { minutes } = options;
  const priors = oneOf('--priors', ['measured', 'kept'], options.priors ?? 'measured');
  const stopBy = options.stopBy && oneOf('--stop-by', ['speakers', 'clips'], options.stopBy);
  const base = await readBaseModel(resolve(modelFolder));
  const file = options.config === undefined ? {} : readExperimentFile(options.config);
  // A file may also name places, as for "train"; here they are arguments.
  const fields = Object.entries(file).filter(([name]) => Object.hasOwn(experimentFields, name));
  const experiment = finetuneExperiment(base, { ...Object.fromEntries(fields), ...fieldFlags(options.set) });
  if (options.printConfig) {
    print(options.json ? JSON.stringify(experiment) : experimentYaml({ ...experiment }).trimEnd());
    return true;
  }
  const corpora = await loadCorpora(corpusPaths, options.demographics, {
    labels: labelSchemeOfModel(base.manifest.labels, options.labelMap),
  });
  const clips = await chooseClips(
    corpora.flatMap((corpus) => corpus.clips),
    {
      heldOut: heldOutOf(options.heldOut),
      speakers: options.speakers,
      minutes: minutes === undefined ? undefined : positive('--minutes', minutes),
      stopShare: experiment.valShare,
      stopBy: stopBy || undefined,
      seed: experiment.seed,
    },
  );
  progress.note(describeChoice(clips));
  const name = corpusPaths.map((path) => basename(path).toLowerCase()).join('+');
  const folder = resolve(options.run ?? join('runs', `finetune-${name}`));
  const cache = resolve(options.cache);
  const out = resolve(options.out);
  const resume = options.resume ?? false;
  const run = { base, corpora, clips, out, folder, cache, priors, resume, signal, progress } as const;
  const tuned = await finetune(experiment, run);
  if (!tuned) return false;
  const warning = intervalWarning(tuned.after.speakers);
  if (warning !== null) progress.note(warning);
  print(
    options.json
      ? JSON.stringify({
          model: options.out,
          run: folder,
          tunedFrom: { name: base.manifest.name, version: base.manifest.version },
          minutes: Number((clips.seconds / 60).toFixed(2)),
          epochs: tuned.epochs,
          before: summary(tuned.before),
          after: summary(tuned.after),
        })
      : terminalTable(beforeAndAfter(tuned)),
  );
  return true;
}

function heldOutOf(names: readonly string[] | undefined): readonly string[] | number {
  if (names === undefined) return 0.3;
  const [first] = names;
  return names.length === 1 && /^0?\.\d+$/.test(first!) ? Number(first) : names;
}

function oneOf<T extends string>(flag: string, options: readonly T[], text: string): T {
  const found = options.find((option) => option === text);
  if (found === undefined) {
    throw new UndertoneError('bad_config', `${flag}: expected ${options.join(' or ')}, found ${text}.`);
  }
  return found;
}

function positive(flag: string, text: string): number {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) {
    throw new UndertoneError('bad_config', `${flag}: expected a number above 0, found ${text}.`);
  }
  return value;
}

function describeChoice({ split, stopBy, heldOut, seconds }: AdaptationClips): string {
  const { train, validation } = split;
  const who = stopBy === 'speakers' ? 'others of these speakers' : 'other clips of the same speakers';
  return (
    `Tuning on ${(seconds / 60).toFixed(1)} minutes of ${counted(speakersOf([...train, ...validation]).length, 'speaker')}: ` +
    `${counted(train.length, 'clip')}, and ${counted(validation.length, 'clip')} of ${who} to stop by. ` +
    `Measured on ${counted(speakersOf(heldOut).length, 'speaker')} (${counted(heldOut.length, 'clip')}).`
  );
}
