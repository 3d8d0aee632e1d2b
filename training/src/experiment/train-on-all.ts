/** Trains once more, on everybody; what was measured before is what is known of the result. */
import { join } from 'node:path';
import type { Experiment } from '../config/experiment.ts';
import { featuresOf } from '../config/fields-of-preprocessing.ts';
import type { Evaluation } from '../evaluate/evaluation.ts';
import { type Split, speakersOf } from '../split/split.ts';
import type { TrainedModel } from './describe-model.ts';
import { openCache, prepareTraining } from './prepare-data.ts';
import { silent } from './progress.ts';
import type { ExperimentRun } from './run-experiment.ts';
import { RunFolder, runRecord } from './run-folder.ts';
import { runTrainingPhase } from './training-phase.ts';

/**
 * Early stopping does not apply, as nobody is held out who could say when.
 * @param run as the experiment's; the final run is kept in its folder `final`
 * @param clips of training and validation speakers
 * @returns null when the signal stopped it
 */
export async function trainOnAll(
  experiment: Experiment,
  run: ExperimentRun,
  clips: Split['train'],
  evaluation: Evaluation,
): Promise<{ readonly model: TrainedModel; readonly parameters: Float32Array } | null> {
  const { corpora, resume = false, progress = silent } = run;
  const signal = run.signal ?? new AbortController().signal;
  const folder = new RunFolder(join(run.folder, 'final'));
  await folder.open(runRecord(experiment, corpora, { train: clips, validation: [] }), resume);
  const features = featuresOf(experiment);
  const cache = openCache(run.cache, { ...experiment, features }, progress, signal);
  const data = await prepareTraining(experiment, corpora, clips, cache);
  const model: TrainedModel = {
    experiment,
    corpora,
    features,
    normalisation: data.normalisation,
    evaluation,
    trainedOnAllSpeakers: true,
    trainSpeakers: speakersOf(clips).length,
    trainClips: data.clips,
  };
  const phase = { name: 'final training', model, data, folder, validation: [], resume, progress, signal };
  const result = await runTrainingPhase(phase);
  const { parameters, network, epochs } = result;
  return result.finished ? { model: { ...model, network, epochs }, parameters } : null;
}
