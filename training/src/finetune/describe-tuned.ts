/** What an adapted model says of itself: what it was tuned from, on what, and what that changed. */

import type { Evaluation } from '../evaluate/evaluation.ts';
import { summary } from '../evaluate/manifest-metrics.ts';
import { type TrainedModel, weightsLicence } from '../experiment/describe-model.ts';
import type { ModelDescription } from '../export/write-model-folder.ts';
import { modelCard } from '../report/model-card.ts';
import { counted, percent } from '../report/numbers.ts';
import { markdownTable, type Table } from '../report/tables.ts';
import { speakersOf } from '../split/split.ts';
import type { BaseModel } from './base-model.ts';
import type { AdaptationClips } from './choose-clips.ts';

export interface Tuned {
  readonly base: BaseModel;
  readonly model: TrainedModel;
  readonly clips: AdaptationClips;
  /** After which the best weights were found. */
  readonly epochs: number;
  /** On the held-out speakers. */
  readonly before: Evaluation;
  readonly after: Evaluation;
}

/** @param done what is known once it is measured */
export function tunedDescription(
  base: BaseModel,
  model: TrainedModel,
  clips: AdaptationClips,
  done?: { readonly temperature: number; readonly tuned: Tuned },
): ModelDescription {
  const { manifest } = base;
  const { experiment, corpora } = model;
  const { name, version, training } = manifest;
  const own = corpora.map(({ title, licence }) => `${title}: ${licence}`).join('; ');
  return {
    name: experiment.modelName,
    version: experiment.modelVersion,
    labels: manifest.labels,
    features: manifest.features,
    normalisation: model.normalisation,
    calibration: { temperature: done?.temperature ?? manifest.calibration.temperature },
    speech: manifest.speech,
    abstention: manifest.abstention,
    sentiment: manifest.sentiment,
    training: {
      corpora: [...training.corpora, ...corpora.map(({ title }) => title)],
      licence: `${training.licence}; tuned on ${own}; weights: ${weightsLicence(corpora, training.licence)}`,
      seed: experiment.seed,
      tunedFrom: { name, version, sha256: base.sha256 },
      speakers: speakersOf(clips.split.train).length,
      clips: clips.split.train.length,
      seconds: Math.round(clips.seconds),
      frozen: experiment.freeze,
      variants: experiment.variants,
      ...(done && { epochs: done.tuned.epochs }),
    },
    metrics: done ? { ...summary(done.tuned.after), before: summary(done.tuned.before) } : {},
  };
}

export function beforeAndAfter({ base, before, after }: Tuned): Table {
  const row = (name: string, pick: (evaluation: Evaluation) => string): string[] => [
    name,
    pick(before),
    pick(after),
  ];
  const interval = ({ low, high }: { low: number; high: number }): string =>
    `[${percent(low)}, ${percent(high)}]`;
  return {
    title: `On ${counted(after.speakers, 'speaker')} (${counted(after.wideband.clips, 'clip')}) that were not tuned on`,
    header: ['', `${base.manifest.name} ${base.manifest.version}`, 'tuned'],
    rows: [
      row('UAR', ({ wideband }) => `${percent(wideband.uar)} ${interval(wideband.interval)}`),
      row('accuracy', ({ wideband }) => percent(wideband.accuracy)),
      ...after.byCondition.slice(1).map(({ name }) =>
        row(`UAR, ${name}`, ({ byCondition }) => {
          const found = byCondition.find((group) => group.name === name)!;
          return `${percent(found.uar)} ${interval(found.interval)}`;
        }),
      ),
      ...after.labels.map((label, i) =>
        row(`recall of ${label}`, ({ wideband }) =>
          wideband.perClass[i]!.clips > 0 ? percent(wideband.perClass[i]!.recall) : '-',
        ),
      ),
      row('calibration error', ({ calibration }) => percent(calibration.error)),
    ],
  };
}

export function tunedCard(tuned: Tuned): string {
  const { base, model, clips, after } = tuned;
  const { name, version } = base.manifest;
  const description = tunedDescription(base, model, clips, { temperature: 1, tuned });
  const card = modelCard({
    // The card reads no more of a manifest than names and labels.
    manifest: { ...base.manifest, ...description },
    evaluation: after,
    corpora: model.corpora,
    licence: weightsLicence(model.corpora, base.manifest.training.licence),
    experiment: model.experiment,
    parameters: base.parameters.length,
    trainSpeakers: model.trainSpeakers,
    trainClips: model.trainClips,
    trainedOnAllSpeakers: false,
  });
  const table = beforeAndAfter(tuned);
  return `${card}
## Tuned from ${name} ${version}

On ${(clips.seconds / 60).toFixed(1)} minutes of recordings of ${counted(speakersOf([...clips.split.train, ...clips.split.validation]).length, 'speaker')}, ${counted(tuned.epochs, 'epoch')}; frozen: ${model.experiment.freeze}. ${clips.stopBy === 'speakers' ? 'Some of these speakers' : 'Some of these clips'} (${counted(clips.split.validation.length, 'clip')}) said when to stop. What the model says of the voices that it was first trained on was not measured again.

${table.title}:

${markdownTable(table)}
`;
}
