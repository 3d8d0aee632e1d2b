/** Fields of an experiment: which family of models is trained, and what is particular to each. */
import { choice, number, whole, wholes } from './field-kinds.ts';
import type { Fields } from './fields.ts';

export interface FamilySettings {
  readonly family: 'gru' | 'cnn' | 'forest' | 'svm';
  readonly windowFrames: number;
  readonly hopFrames: number;
  readonly windowsPerClip: number;
  readonly windowRows: number;
  readonly functionalsLevel: 'absolute' | 'relative';
  readonly svmKernel: 'rbf' | 'linear';
  readonly svmCost: number;
  readonly svmGamma: number;
  readonly svmFolds: number;
  readonly forestTrees: number;
  readonly forestDepth: number;
  readonly forestLeafRows: number;
  readonly forestColumns: number;
  readonly cnnChannels: readonly number[];
  readonly cnnSize: number;
}

export const familyFields: Fields<FamilySettings> = {
  family: choice(
    'gru',
    ['gru', 'cnn', 'forest', 'svm'],
    'gru: streaming network; cnn: network over windows; forest, svm: classifiers of functionals of windows.',
  ),
  windowFrames: whole(
    300,
    25,
    3000,
    'Frames of 10 ms in a window of cnn, forest and svm; a multiple of 4 and of hopFrames.',
  ),
  hopFrames: whole(25, 4, 1000, 'Frames from one window to the next.'),
  windowsPerClip: whole(2, 1, 100, 'Windows of each variant of a clip that forest and svm learn from.'),
  windowRows: whole(
    20_000,
    100,
    1_000_000,
    'Most windows that forest and svm learn from; of more, as many are drawn.',
  ),
  functionalsLevel: choice(
    'relative',
    ['absolute', 'relative'],
    'Whether functionals know the level of the recording, or only its changes.',
  ),
  svmKernel: choice('rbf', ['rbf', 'linear'], 'Kernel of the SVM: Gaussian or none.'),
  svmCost: number(4, 1e-6, 1e6, 'C of the SVM: what a row on the wrong side costs.'),
  svmGamma: number(0.5, 1e-6, 1e6, 'Width of the Gaussian kernel: gamma times the number of functionals.'),
  svmFolds: whole(3, 2, 100, 'Folds of speakers from which the probabilities of the SVM are learned.'),
  forestTrees: whole(200, 1, 100_000, 'Trees of the forest.'),
  forestDepth: whole(14, 1, 64, 'Most questions that a tree asks about a row.'),
  forestLeafRows: whole(10, 1, 100_000, 'Fewest rows of a leaf.'),
  forestColumns: whole(0, 0, 100_000, 'Functionals drawn at each node; 0 for the root of their number.'),
  cnnChannels: wholes([16, 32, 64, 64], 1, 1024, 'Output channels of each convolution of the cnn.'),
  cnnSize: whole(96, 1, 4096, 'Channels of the convolutions over time that follow in the cnn.'),
};
