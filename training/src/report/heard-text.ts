/** How the training clips were heard, in words: from the experiment, so that a card says what was done. */
import type { Experiment } from '../config/experiment.ts';

const variantTexts: Readonly<Record<string, string>> = {
  clean: 'as recorded',
  noise: 'in noise',
  babble: 'behind other voices',
  'babble-loud': 'behind louder voices',
  ambience: 'in the noise of places and machines',
  'noise-files': 'with recorded sounds behind them',
  room: 'in rooms',
  telephone: 'through the telephone (8 kHz mu-law)',
  'telephone-noise': 'through the telephone in noise',
  mobile: 'through a mobile telephone',
  'packet-loss': 'through the telephone with packets lost',
};

/** For example `as recorded, at other speeds and in noise`. */
export function heardAs({ variants }: Pick<Experiment, 'variants'>): string {
  const texts = variants.map(
    (name) => variantTexts[name] ?? (name.startsWith('speed-') ? 'at other speeds' : `as "${name}"`),
  );
  return inWords([...new Set(texts)]);
}

/** What changes each time that a network hears a clip; empty for classifiers, which hear each once. */
export function changedText(experiment: Experiment): string {
  const { family } = experiment;
  if (family === 'svm' || family === 'forest') return '';
  const e = experiment;
  const changes = [
    [e.wideGainProbability > 0 || e.narrowGainDb > 0, 'level'],
    [e.backgroundProbability > 0 || e.studioProbability > 0, 'noise floor'],
    [e.equaliserProbability > 0, 'spectrum'],
    [e.dynamicsProbability > 0, 'dynamics'],
    [e.pitchShiftProbability > 0, 'pitch'],
    [e.vocalTractProbability > 0, 'vocal tract'],
  ] as const;
  const changed = changes.flatMap(([is, name]) => (is ? [name] : []));
  return changed.length > 0 ? `Drawn anew each time: ${inWords(changed)}.` : '';
}

function inWords(parts: readonly string[]): string {
  const last = parts.at(-1) ?? '';
  return parts.length > 1 ? `${parts.slice(0, -1).join(', ')} and ${last}` : last;
}
