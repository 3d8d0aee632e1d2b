/** What SVM and forest need of the training clips, known before anything is computed of them. */
import { UndertoneError } from '@undertone/core';
import type { Experiment } from '../config/experiment.ts';
import type { Clip } from '../data/clip.ts';
import { speakersOf } from '../split/split.ts';

/**
 * Both hold training speakers out in turn: the forest to say what new speakers may expect, the SVM to learn probabilities
 * of each pair of classes. Networks need nothing of the kind.
 * @throws UndertoneError `bad_split`
 */
export function checkTrainingClips({ family }: Pick<Experiment, 'family'>, train: readonly Clip[]): void {
  if (family !== 'svm' && family !== 'forest') return;
  const refuse = (expected: string, found: string, remedy: string): never => {
    throw new UndertoneError(
      'bad_split',
      `Field family: ${family} expects ${expected}; found ${found}. ${remedy}`,
    );
  };
  const labels = [...new Set(train.map(({ label }) => label))].sort();
  if (labels.length < 2) {
    refuse('at least 2 classes to train on', labels.join(', ') || 'none', 'Name other speakers or labels.');
  }
  const remedy = 'Take more recordings, another split, or another family.';
  const speakers = speakersOf(train);
  if (speakers.length < 2) {
    refuse('at least 2 speakers to train on, as it holds some out in turn', speakers.join(', '), remedy);
  }
  if (family !== 'svm') return;
  for (const label of labels) {
    const own = speakersOf(train.filter((clip) => clip.label === label));
    if (own.length < 2) {
      const expected = `at least 2 training speakers of each class, as its probabilities come from speakers held out`;
      refuse(expected, `${own.join(', ')} alone for "${label}"`, remedy);
    }
  }
}
