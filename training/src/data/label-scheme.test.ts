import { describe, expect, it } from 'vitest';
import type { Clip, Corpus } from './clip.ts';
import { applyLabelScheme, defaultLabelScheme, type LabelScheme } from './label-scheme.ts';
import { sentimentOf } from './label-sentiment.ts';

function corpus(name: string, ...labels: readonly (string | Pick<Clip, 'label' | 'votes'>)[]): Corpus {
  const clips = labels.map((entry, i) => ({
    path: `/x/${i}.wav`,
    speaker: `${name}/a`,
    corpus: name,
    ...(typeof entry === 'string' ? { label: entry } : entry),
  }));
  return { name, title: name, licence: 'unknown', clips };
}

const scheme = (changes: Partial<LabelScheme>): LabelScheme => ({ ...defaultLabelScheme, ...changes });
const labelsOf = (mapped: Corpus): string[] => mapped.clips.map((clip) => clip.label);

describe('applyLabelScheme', () => {
  it('reads the corpora by their defaults, which a map or a class of that name overrides', () => {
    const iemocap = corpus('iemocap', 'excited', 'frustrated', 'sad');
    expect(labelsOf(applyLabelScheme(iemocap, defaultLabelScheme))).toEqual(['happy', 'sad']);
    const mapped = scheme({
      labelMap: { frustrated: 'angry', 'iemocap/excited': 'drop', 'tess/sad': 'drop' },
    });
    expect(labelsOf(applyLabelScheme(iemocap, mapped))).toEqual(['angry', 'sad']);
    const wide = scheme({ labels: ['sad', 'excited', 'frustrated'] });
    expect(labelsOf(applyLabelScheme(iemocap, wide))).toEqual(['excited', 'frustrated', 'sad']);
  });

  it('takes the map for one corpus before the map for all', () => {
    const map = scheme({ labelMap: { calm: 'sad', 'ravdess/calm': 'neutral' } });
    expect(labelsOf(applyLabelScheme(corpus('ravdess', 'calm'), map))).toEqual(['neutral']);
    expect(labelsOf(applyLabelScheme(corpus('own', 'calm'), map))).toEqual(['sad']);
  });

  it('names file, label and remedy where nothing is said of a label', () => {
    expect(() => applyLabelScheme(corpus('calls', 'sad', 'bored'), defaultLabelScheme)).toThrow(
      '/x/1.wav: expected a label of angry, disgust, fearful, happy, neutral, sad; found "bored". Add it to labels, or say what it counts as: labelMap: { calls/bored: angry } (or "drop" to leave it out).',
    );
    expect(() => applyLabelScheme(corpus('calls', 'bored'), scheme({ isModels: true }))).toThrow(
      'found "bored". Say what it counts as: --label-map "calls/bored=angry" (or "calls/bored=drop" to leave it out).',
    );
    // A default that leads to a class that is not asked for is none.
    expect(() =>
      applyLabelScheme(corpus('iemocap', 'excited'), scheme({ labels: ['sad', 'angry'] })),
    ).toThrow('found "excited"');
    expect(() => applyLabelScheme(corpus('own', 'toString'), defaultLabelScheme)).toThrow('found "toString"');
  });

  it('refuses a map to no class, and one that leaves nothing', () => {
    const sad = corpus('own', 'sad');
    expect(() => applyLabelScheme(sad, scheme({ labelMap: { sad: 'blue' } }))).toThrow(
      'Field labelMap: expected sad to become one of angry,',
    );
    expect(() => applyLabelScheme(sad, scheme({ labelMap: { sad: 'drop' } }))).toThrow('leaves none of 1');
  });

  it('mixes votes with the label, which weighs more the fewer the raters are', () => {
    const voted = corpus(
      'own',
      { label: 'sad', votes: { neutral: 6, sad: 1 } },
      { label: 'sad', votes: { neutral: 1 } },
      'sad',
    );
    const soft = applyLabelScheme(voted, scheme({ softLabels: true })).clips;
    expect(soft.map((clip) => clip.distribution)).toEqual([
      { sad: 0.4, neutral: 0.6 },
      { sad: 0.75, neutral: 0.25 },
      undefined,
    ]);
    expect(soft[0]).not.toHaveProperty('votes');
    expect(applyLabelScheme(voted, defaultLabelScheme).clips[0]).not.toHaveProperty('distribution');
  });

  it('maps votes as it maps labels, and leaves out those for what is dropped', () => {
    const voted = corpus('iemocap', { label: 'sad', votes: { excited: 1, other: 2, frustrated: 5 } });
    const [clip] = applyLabelScheme(voted, scheme({ softLabels: true, labelVotes: 1 })).clips;
    expect(clip!.distribution).toEqual({ sad: 0.5, happy: 0.5 });
    const [alone] = applyLabelScheme(
      corpus('iemocap', { label: 'sad', votes: { other: 2 } }),
      scheme({ softLabels: true, labelVotes: 0 }),
    ).clips;
    expect(alone!.distribution).toEqual({ sad: 1 });
  });
});

describe('sentimentOf', () => {
  it('knows the published words and takes the own ones', () => {
    const { classes, coordinates, source } = sentimentOf(['sad', 'impatient', 'polite', 'bored'], {
      impatient: 'negative -0.4 0.6',
      polite: 'positive',
    });
    expect(classes).toEqual({
      sad: 'negative',
      impatient: 'negative',
      polite: 'positive',
      bored: 'negative',
    });
    expect(coordinates.impatient).toEqual({ valence: -0.4, arousal: 0.6 });
    expect(coordinates.polite).toEqual({ valence: 0.5, arousal: 0 });
    expect(coordinates.bored).toEqual({ valence: -0.65, arousal: -0.62 });
    expect(source).toMatch(/^Russell & Mehrabian 1977.*; as configured: impatient, polite$/);
  });

  it.each([
    [{}, 'expected an entry for the label "impatient"'],
    [{ impatient: 'bad' }, 'expected negative, neutral, positive for impatient'],
    [{ impatient: 'negative -2 0' }, 'valence and arousal from -1 to 1'],
    [{ impatient: 'negative -1' }, 'found "negative -1"'],
    [{ impatient: 'negative', angry: 'negative' }, 'found "angry"'],
  ])('refuses %j', (given, message) => {
    expect(() => sentimentOf(['sad', 'impatient'], given)).toThrow(message);
  });
});
