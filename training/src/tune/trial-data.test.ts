import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { writeSyntheticCremaD } from '../../../test/support/synthetic-corpus.ts';
import { resolveExperimentFile } from '../config/experiment-file.ts';
import { splitCorpora } from '../experiment/prepare-data.ts';
import { speakersOf } from '../split/split.ts';
import { loadTrialData, validationFolds } from './trial-data.ts';

const root = mkdtempSync(join(tmpdir(), 'undertone-trial-data-'));
afterAll(() => rmSync(root, { recursive: true }));

it('a search chooses by the speakers that a training with the same shares would hold out', async () => {
  writeSyntheticCremaD(root, 14);
  const { experiment, places } = resolveExperimentFile({ corpora: [root], testShare: 0.4, valShare: 0.3 });
  const data = await loadTrialData(experiment, places);
  const split = splitCorpora(data.whole, experiment, undefined);
  expect(speakersOf(split.validation)).toHaveLength(4);
  expect(validationFolds(data, experiment, places, 0)).toEqual([speakersOf(split.validation)]);
  expect(data.testSpeakers).toEqual(speakersOf(split.test));
  expect(speakersOf(data.clips)).not.toContain(data.testSpeakers[0]);
});
