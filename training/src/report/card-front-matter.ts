/** The head of a model card: YAML as the Hugging Face Hub reads it (https://huggingface.co/docs/hub/model-cards). */
import { stringify } from 'yaml';
import type { Corpus } from '../data/clip.ts';
import type { Evaluation } from '../evaluate/evaluation.ts';

/** Language of the corpora that come with loaders; of others nothing is known. */
const languages: Readonly<Record<string, string>> = {
  'crema-d': 'en',
  ravdess: 'en',
  tess: 'en',
  iemocap: 'en',
  emodb: 'de',
};

export interface FrontMatterContent {
  readonly name: string;
  readonly kind: string;
  readonly evaluation: Evaluation;
  readonly corpora: readonly Corpus[];
  /** SPDX name of the weights' licence. */
  readonly licence: string;
  readonly heldOutClipsOnly?: boolean | undefined;
}

/** Between its two lines of dashes. Scores are points of a hundred. */
export function frontMatter(content: FrontMatterContent): string {
  const { name, kind, evaluation, corpora, licence, heldOutClipsOnly } = content;
  const spoken = [...new Set(corpora.map((corpus) => languages[corpus.name]))];
  const titles = corpora.map(({ title }) => title);
  const known = spoken.filter((language) => language !== undefined);
  const head = {
    license: licence.toLowerCase(),
    ...(known.length === spoken.length && { language: known.length === 1 ? known[0] : known }),
    library_name: 'onnx',
    pipeline_tag: 'audio-classification',
    tags: ['speech-emotion-recognition', ...(kind === 'streaming' ? ['streaming'] : []), 'onnx'],
    datasets: titles,
    metrics: ['recall', 'accuracy', 'f1'],
    'model-index': [
      {
        name,
        results: [
          {
            task: { type: 'audio-classification', name: 'Speech emotion recognition' },
            dataset: {
              name: `${titles.join(', ')} (${heldOutClipsOnly ? 'clips' : 'speakers'} not trained on)`,
              type: corpora.map((corpus) => corpus.name).join('+'),
            },
            metrics: metricsOf(evaluation),
          },
        ],
      },
    ],
  };
  return `---\n${stringify(head, { lineWidth: 0 })}---`;
}

interface Metric {
  readonly type: string;
  readonly name: string;
  readonly value: number;
}

function metricsOf({ wideband, byCondition, calibration, macroAuc }: Evaluation): Metric[] {
  const metric = (type: string, name: string, share: number): Metric => ({
    type,
    name,
    value: Number((100 * share).toFixed(1)),
  });
  return [
    metric('uar', 'UAR', wideband.uar),
    metric('accuracy', 'Accuracy', wideband.accuracy),
    metric('f1', 'F1, mean of classes', wideband.macro.f1),
    metric('roc_auc', 'AUC, mean of classes', macroAuc),
    metric('ece', 'Expected calibration error', calibration.crossFittedError),
    ...byCondition.slice(1).map(({ name, uar }) => metric('uar', `UAR, ${name}`, uar)),
  ].filter(({ value }) => Number.isFinite(value));
}
