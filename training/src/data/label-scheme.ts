/**
 * Which classes a model learns, and what the corpora's own labels count as. Every loader gives the labels that its corpus
 * has; this brings them to the classes that are asked for, before anything else is done with the clips.
 */
import { UndertoneError } from '@undertone/core';
import { type Clip, type Corpus, emotionLabels } from './clip.ts';

/** A label that is mapped to this is left out. */
export const drop = 'drop';

export interface LabelScheme {
  /** The classes, in the order of the model's outputs. */
  readonly labels: readonly string[];
  /** Corpus label, or `corpus/label`, to a class or `drop`. */
  readonly labelMap: Readonly<Record<string, string>>;
  /** Whether raters' votes make the target, where a corpus has them. */
  readonly softLabels: boolean;
  /** Votes that the label itself counts as beside the raters': where few were asked, it weighs more. */
  readonly labelVotes: number;
  /** The classes are those of a model that exists: nothing can be added to them, and the map is given by a flag. */
  readonly isModels?: true;
}

export const defaultLabelScheme: LabelScheme = {
  labels: emotionLabels,
  labelMap: {},
  softLabels: false,
  labelVotes: 3,
};

/** For labels that are not among the classes, unless the user says otherwise. Manifests have no defaults. */
const defaultMaps: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  ravdess: { calm: drop, surprised: drop },
  emodb: { bored: drop },
  tess: { surprised: drop },
  // Excited with happy is the usual reading of this corpus; frustration has no counterpart.
  iemocap: { excited: 'happy', frustrated: drop, surprised: drop, other: drop, undecided: drop },
};

/**
 * The corpus with every clip's label among the classes; clips that are mapped to `drop` are left out.
 * @throws UndertoneError `bad_config` for a map to a class that does not exist; `bad_corpus` naming file, label and what
 * to do about a label without a map, or when no clip is left
 */
export function applyLabelScheme(corpus: Corpus, scheme: LabelScheme): Corpus {
  checkScheme(scheme);
  const clips: Clip[] = [];
  for (const clip of corpus.clips) {
    const label = classOf(clip.label, corpus.name, scheme);
    if (label === null) refuse(clip, corpus.name, scheme);
    if (label === drop) continue;
    const { votes, distribution: _, ...rest } = clip;
    const distribution = votes && scheme.softLabels ? mix(votes, label, corpus.name, scheme) : null;
    clips.push({ ...rest, label, ...(distribution && { distribution }) });
  }
  if (clips.length === 0) {
    throw new UndertoneError(
      'bad_corpus',
      `${corpus.title}: expected clips of ${scheme.labels.join(', ')}; the label map leaves none of ${corpus.clips.length}.`,
    );
  }
  return { ...corpus, clips };
}

function checkScheme({ labels, labelMap }: LabelScheme): void {
  for (const [from, to] of Object.entries(labelMap)) {
    if (to !== drop && !labels.includes(to)) {
      throw new UndertoneError(
        'bad_config',
        `Field labelMap: expected ${from} to become one of ${labels.join(', ')}, or "${drop}"; found "${to}".`,
      );
    }
  }
}

/** A class, `drop`, or null for a label that nothing is said of. */
function classOf(label: string, corpus: string, { labels, labelMap }: LabelScheme): string | null {
  const mapped = own(labelMap, `${corpus}/${label}`) ?? own(labelMap, label);
  if (mapped !== undefined) return mapped;
  if (labels.includes(label)) return label;
  const usual = own(own(defaultMaps, corpus) ?? {}, label);
  return usual !== undefined && (usual === drop || labels.includes(usual)) ? usual : null;
}

/** Votes by class with the label's own, as shares; votes for what is left out are left out. */
function mix(
  votes: Readonly<Record<string, number>>,
  label: string,
  corpus: string,
  scheme: LabelScheme,
): Record<string, number> {
  const sums: Record<string, number> = { [label]: scheme.labelVotes };
  for (const [word, count] of Object.entries(votes)) {
    const to = classOf(word, corpus, scheme);
    if (to !== null && to !== drop) sums[to] = (sums[to] ?? 0) + count;
  }
  const total = Object.values(sums).reduce((a, b) => a + b, 0);
  // No votes of its own and none of the raters that count: the label is all that is known.
  if (total === 0) return { [label]: 1 };
  return Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / total]));
}

function own<T>(map: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(map, name) ? map[name] : undefined;
}

function refuse({ path, label }: Clip, corpus: string, { labels, isModels }: LabelScheme): never {
  const from = `${corpus}/${label}`;
  const remedy = isModels
    ? `Say what it counts as: --label-map "${from}=${labels[0]}" (or "${from}=${drop}" to leave it out).`
    : `Add it to labels, or say what it counts as: labelMap: { ${from}: ${labels[0]} } (or "${drop}" to leave it out).`;
  throw new UndertoneError(
    'bad_corpus',
    `${path}: expected a label of ${labels.join(', ')}; found "${label}". ${remedy}`,
  );
}
