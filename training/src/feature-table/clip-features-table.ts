/** Rows of a feature table from cached raw frames: functionals of each clip, or descriptors of each frame. */
import {
  type FeatureConfig,
  FrameDescriber,
  FunctionalBlock,
  FunctionalsPlan,
  functionalsOf,
} from '@undertone/core';
import type { CachedVariant } from '../features/feature-cache.ts';
import { FeatureFile, type IndexedClip } from '../features/feature-file.ts';
import type { ColumnValues, TableColumn } from './table-sink.ts';

/** One row for each clip, or one for each frame. */
export type TableRows = 'functionals' | 'frames';

/** What each row says beside features. */
export interface ClipFacts extends IndexedClip {
  /** `train`, `validation` or `test`. */
  readonly side: string;
}

export interface FeatureTable {
  readonly columns: readonly TableColumn[];
  /** Names of the features among the columns, which come last. */
  readonly features: readonly string[];
}

const factColumns: readonly TableColumn[] = ['clip', 'corpus', 'speaker', 'sex', 'label', 'split'].map(
  (name) => ({ name, type: 'text' }),
);

/** @param config with functionals */
export function describeTable(rows: TableRows, config: FeatureConfig): FeatureTable {
  const plan = new FunctionalsPlan(config);
  const features = rows === 'functionals' ? plan.names : frameFeatures(plan);
  const own: TableColumn[] =
    rows === 'functionals'
      ? [{ name: 'frames', type: 'whole' }]
      : [
          { name: 'frame', type: 'whole' },
          { name: 'time_s', type: 'number' },
          { name: 'speech', type: 'flag' },
          { name: 'active', type: 'flag' },
          { name: 'voiced', type: 'flag' },
        ];
  const numbers = features.map((name): TableColumn => ({ name, type: 'number' }));
  return { columns: [...factColumns, ...own, ...numbers], features };
}

/** Descriptors (those of pitch are NaN in frames without one), F0 in Hz (0 without one), then the bands of the log-mel spectrum. */
function frameFeatures(plan: FunctionalsPlan): string[] {
  return [
    ...plan.descriptors.map(({ name }) => name),
    'f0_hz',
    ...Array.from({ length: plan.bands }, (_, b) => `mel${b}`),
  ];
}

/** Rows that belong together: of some clips, or of the frames of one clip. */
export interface TablePart {
  /** In the order of the table's columns. */
  readonly values: readonly ColumnValues[];
  /** The feature columns among them. */
  readonly features: readonly Float32Array[];
  /** Label of each row. */
  readonly labels: readonly string[];
  /** Rows whose features say something; null for all. */
  readonly counts: readonly boolean[] | null;
}

/** Functionals of all clips of a variant, in one part. */
export function functionalRows(
  variant: CachedVariant,
  config: FeatureConfig,
  sideOf: (clip: string) => string,
): TablePart {
  const plan = new FunctionalsPlan(config);
  const file = new FeatureFile(variant.path, variant.key);
  try {
    const features = plan.names.map(() => new Float32Array(file.count));
    const facts: ClipFacts[] = [];
    const frames = new Int32Array(file.count);
    for (let i = 0; i < file.count; i++) {
      const clip = file.read(i);
      const describer = new FrameDescriber(plan);
      const block = new FunctionalBlock(plan);
      for (let t = 0; t < clip.frames; t++) {
        describer.next(clip.raw, t * file.rawSize);
        block.add(describer);
      }
      for (const [d, value] of functionalsOf(block).entries()) features[d]![i] = value;
      frames[i] = clip.frames;
      facts.push({ ...file.clip(i), side: sideOf(file.clip(i).id) });
    }
    const labels = facts.map(({ label }) => label);
    return { values: [...factValues(facts), frames, ...features], features, labels, counts: null };
  } finally {
    file.close();
  }
}

/** Frames of the clips of a variant, one clip after another. */
export function* frameRows(
  variant: CachedVariant,
  config: FeatureConfig,
  sideOf: (clip: string) => string,
): Generator<TablePart> {
  const plan = new FunctionalsPlan(config);
  const size = plan.descriptors.length;
  const frameS = plan.hopSamples / plan.sampleRate;
  const file = new FeatureFile(variant.path, variant.key);
  try {
    for (let i = 0; i < file.count; i++) {
      const { raw, frames, speech } = file.read(i);
      const features = frameFeatures(plan).map(() => new Float32Array(frames));
      const active: boolean[] = [];
      const voiced: boolean[] = [];
      const describer = new FrameDescriber(plan);
      for (let t = 0; t < frames; t++) {
        const at = t * file.rawSize;
        describer.next(raw, at);
        active.push(describer.active);
        voiced.push(describer.voiced);
        for (const [d, { group }] of plan.descriptors.entries()) {
          features[d]![t] = group === 'active' || describer.voiced ? describer.values[d]! : Number.NaN;
        }
        features[size]![t] = raw[at + plan.bands]!;
        for (let b = 0; b < plan.bands; b++) features[size + 1 + b]![t] = raw[at + b]!;
      }
      const facts = new Array<ClipFacts>(frames).fill({ ...file.clip(i), side: sideOf(file.clip(i).id) });
      yield {
        values: [
          ...factValues(facts),
          Int32Array.from({ length: frames }, (_, t) => t),
          Float32Array.from({ length: frames }, (_, t) => t * frameS),
          Array.from(speech, (target) => target === 1),
          active,
          voiced,
          ...features,
        ],
        features,
        labels: facts.map(({ label }) => label),
        counts: active,
      };
    }
  } finally {
    file.close();
  }
}

function factValues(facts: readonly ClipFacts[]): string[][] {
  return [
    facts.map(({ id }) => id),
    facts.map(({ corpus }) => corpus),
    facts.map(({ speaker }) => speaker),
    facts.map(({ sex }) => sex ?? ''),
    facts.map(({ label }) => label),
    facts.map(({ side }) => side),
  ];
}
