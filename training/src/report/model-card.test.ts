import type { Manifest } from '@undertone/core';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { resolveExperiment } from '../config/experiment.ts';
import type { Evaluation } from '../evaluate/evaluation.ts';
import { scoresOf } from '../evaluate/metrics.ts';
import { sixClassDescription } from '../export/six-class-description.ts';
import { type ModelCardContent, modelCard } from './model-card.ts';

const labels = ['angry', 'neutral', 'sad'];
const interval = { low: 0.5, high: 0.7 };
// Of four sad clips two are taken for neutral, of four angry ones one for sad.
const clips = [0, 0, 0, 2, 1, 1, 1, 1, 1, 1, 2, 2].map((guess, i) => ({
  speaker: `s${i % 2}`,
  label: Math.floor(i / 4),
  logits: labels.map((_, c) => Number(c === guess)),
}));
const group = { name: 'clean', clips: 12, uar: 0.75, accuracy: 0.75, interval, changed: 0 };

const evaluation: Evaluation = {
  schema: 'undertone.evaluation/1',
  model: { name: 'm', version: '1.0.0' },
  labels,
  seed: 1,
  speakers: 2,
  wideband: { ...scoresOf(clips, 3), interval },
  bySex: [],
  byCorpus: [],
  bySpeaker: [],
  byCondition: [group, { ...group, name: 'telephone', uar: 0.5 }],
  bySecondsHeard: [],
  bySecondsOfSpeech: [],
  roc: [],
  macroAuc: 0.8,
  calibration: {
    temperature: 1,
    usedTemperature: 1,
    error: 0.04,
    crossFittedError: Number.NaN,
    brier: 0.4,
    bins: [],
    crossFittedBins: [],
  },
  riskCoverage: { points: [], area: 0.1 },
  abstention: {
    minConfidence: 0.35,
    minSpeechMs: 300,
    share: 0,
    riskAbstained: Number.NaN,
    riskAnswered: 0.25,
  },
  nonSpeech: [
    { kind: 'music', sounds: 5, labelled: 0.4, speech: 0.2 },
    { kind: 'silence', sounds: 5, labelled: 0, speech: 0 },
  ],
  speechAuc: {},
};

const base = {
  ...sixClassDescription,
  labels,
  schema: 'undertone.model/1',
  featureHash: '',
  name: 'm',
  version: '1.0.0',
};

function content(manifest: object, corpora: string[] = ['crema-d']): ModelCardContent {
  return {
    manifest: { ...base, ...manifest } as unknown as Manifest,
    evaluation,
    corpora: corpora.map((name) => ({ name, title: name.toUpperCase(), licence: 'X', clips: [] })),
    licence: 'Apache-2.0',
    experiment: resolveExperiment(),
    parameters: 1234,
    trainSpeakers: 5,
    trainClips: 60,
    trainedOnAllSpeakers: false,
  };
}

const streaming = { kind: 'streaming', stepFrames: 4 };

describe('modelCard', () => {
  it('begins with what the Hugging Face Hub reads: licence, task, data, results', () => {
    const card = modelCard(content(streaming));
    const [, head] = card.split('---\n');
    const front = parse(head!) as Record<string, unknown>;
    expect(front).toMatchObject({
      license: 'apache-2.0',
      language: 'en',
      library_name: 'onnx',
      pipeline_tag: 'audio-classification',
      datasets: ['CREMA-D'],
    });
    const [index] = front['model-index'] as { name: string; results: { metrics: object[] }[] }[];
    expect(index!.name).toBe('m');
    expect(index!.results[0]!.metrics).toEqual([
      { type: 'uar', name: 'UAR', value: 75 },
      { type: 'accuracy', name: 'Accuracy', value: 75 },
      { type: 'f1', name: 'F1, mean of classes', value: 74.3 },
      { type: 'roc_auc', name: 'AUC, mean of classes', value: 80 },
      { type: 'uar', name: 'UAR, telephone', value: 50 },
    ]);
  });

  it('names a language only where all corpora have one that is known', () => {
    const languageOf = (...corpora: string[]): unknown =>
      (parse(modelCard(content(streaming, corpora)).split('---\n')[1]!) as { language?: unknown }).language;
    expect(languageOf('crema-d', 'emodb')).toEqual(['en', 'de']);
    expect(languageOf('crema-d', 'my calls')).toBeUndefined();
  });

  it('says what kind of model it is', () => {
    expect(modelCard(content(streaming))).toContain('with a GRU, 1234 parameters, one output every 40 ms');
    const windows = { windowFrames: 300, hopFrames: 50, inputSize: 210 };
    expect(modelCard(content({ kind: 'frames', ...windows }))).toContain(
      'over the last 3 s, asked again every 0.5 s',
    );
    const { parameters: _, ...trees } = content({ kind: 'functionals', ...windows });
    expect(modelCard(trees)).toContain('A classifier over 210 statistics of the last 3 s');
  });

  it('does not claim unheard speakers where clips were divided at random', () => {
    expect(modelCard(content(streaming))).toContain('had not heard the speakers it was measured on');
    const random = modelCard({ ...content(streaming), heldOutClipsOnly: true });
    expect(random).toContain('the model had heard these speakers, in other clips');
    expect(random).toContain('(clips not trained on)');
    expect(random).not.toContain('had not heard the speakers');
  });

  it('says how the clips were heard by what was asked for, and what was changed only of networks', () => {
    const own = { variants: ['clean', 'room'], pitchShiftProbability: 0, vocalTractProbability: 0.5 };
    const card = modelCard({ ...content(streaming), experiment: resolveExperiment(own) });
    expect(card).toContain('Trained on 60 clips by 5 speakers, heard as recorded and in rooms. Drawn anew');
    expect(card).toContain('level, noise floor, spectrum, dynamics and vocal tract.');
    const usual = modelCard(content(streaming));
    expect(usual).toContain(
      'in noise, behind other voices, in the noise of places and machines, through the telephone (8 kHz mu-law) and',
    );
    const svm = { family: 'svm', variants: 'clean' };
    const classifier = modelCard({ ...content(streaming), experiment: resolveExperiment(svm) });
    expect(classifier).toContain('heard as recorded. Weights:');
  });

  it('names the mistakes that this model makes, and the sounds that it takes for speech', () => {
    const card = modelCard(content(streaming));
    expect(card).toContain(
      'It takes sad for neutral (50.0 of 100) and angry for sad (25.0 of 100) most often',
    );
    expect(card).toContain('is speech: music (40.0 of 100 streams).');
    expect(card).not.toContain('NaN');
  });
});
