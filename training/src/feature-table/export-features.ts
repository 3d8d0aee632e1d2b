/** Writes a feature table and the page about it, from cached raw frames, in one pass. */
import { type FeatureConfig, UndertoneError } from '@undertone/core';
import { nearest } from '../config/fields.ts';
import type { Clip } from '../data/clip.ts';
import type { CachedVariant } from '../features/feature-cache.ts';
import { clipId } from '../features/feature-key.ts';
import { writeResult } from '../report/write-result.ts';
import type { ThreeWaySplit } from '../split/split.ts';
import { ClassSeparation } from './class-separation.ts';
import {
  describeTable,
  frameRows,
  functionalRows,
  type TablePart,
  type TableRows,
} from './clip-features-table.ts';
import { type Distribution, distributionPage } from './distribution-page.ts';
import { openTable } from './table-sink.ts';

export interface FeatureExport {
  readonly variant: CachedVariant;
  /** With functionals. */
  readonly features: FeatureConfig;
  readonly rows: TableRows;
  readonly labels: readonly string[];
  readonly split: ThreeWaySplit;
  /** Table and page; null for none. */
  readonly out: string | null;
  readonly html: string | null;
  /** Features on the page; null for the most telling ones. */
  readonly show: readonly string[] | null;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface FeatureExportResult {
  readonly rows: number;
  readonly columns: number;
  /** Features with the share of their variance between classes, the strongest first. */
  readonly ranking: readonly (readonly [feature: string, share: number])[];
}

/** Features on the page when none are named. */
const shownFeatures = 12;
/** Values of a feature and class that a page draws from; every n-th frame is left out above. */
const mostValues = 20_000;

/** @throws UndertoneError `bad_config` for a feature that does not exist or a file that cannot be written, `aborted` */
export async function exportFeatures(plan: FeatureExport): Promise<FeatureExportResult> {
  const { variant, features: config, rows, labels, out, html, signal, onProgress } = plan;
  const { columns, features } = describeTable(rows, config);
  for (const name of plan.show ?? []) {
    if (features.includes(name)) continue;
    throw new UndertoneError(
      'bad_config',
      `There is no feature "${name}"; did you mean "${nearest(name, features)}"?`,
    );
  }
  const sideOf = sides(plan.split);
  const separation = new ClassSeparation(labels, features.length);
  const kept = html === null ? null : new KeptValues(labels, features.length);
  const table = out === null ? null : openTable(out, columns);
  let count = 0;
  let parts = 0;
  const total = plan.split.train.length + plan.split.validation.length + plan.split.test.length;
  try {
    for (const part of partsOf(plan, sideOf)) {
      if (signal?.aborted) throw new UndertoneError('aborted', 'Writing the feature table was stopped.');
      table?.add(part.values);
      separation.add(part.features, part.labels, part.counts);
      kept?.add(part);
      count += part.labels.length;
      if (rows === 'frames') onProgress?.(++parts, total);
      // Lets signals through.
      if (parts % 16 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    table?.finish();
  } catch (error) {
    table?.abandon();
    throw error;
  }
  const shares = separation.shares();
  const ranking = features.map((name, i) => [name, shares[i]!] as const).sort(([, a], [, b]) => b - a);
  if (html !== null) {
    const shown = plan.show ?? mostTelling(ranking.map(([name]) => name));
    const distributions = shown.map((feature): Distribution => {
      const at = features.indexOf(feature);
      return { feature, separation: shares[at]!, values: kept!.values[at]! };
    });
    const unit = rows === 'frames' ? 'frame with sound' : 'clip';
    const summary = `${count} ${rows === 'frames' ? 'frames' : 'clips'}, condition ${variant.variant}.`;
    await writeResult(
      html,
      distributionPage({ title: 'Features by class', summary, labels, unit, distributions, ranking }),
    );
  }
  return { rows: count, columns: columns.length, ranking };
}

/** The strongest statistic of each of the strongest descriptors. */
function mostTelling(ranked: readonly string[]): string[] {
  const byDescriptor = new Map<string, string>();
  for (const name of ranked) {
    const descriptor = name.replace(/_(mean|sd|p[\d.]+|range|slope)$/, '');
    if (!byDescriptor.has(descriptor)) byDescriptor.set(descriptor, name);
  }
  return [...byDescriptor.values()].slice(0, shownFeatures);
}

function partsOf(
  { variant, features, rows }: FeatureExport,
  sideOf: (id: string) => string,
): Iterable<TablePart> {
  return rows === 'frames'
    ? frameRows(variant, features, sideOf)
    : [functionalRows(variant, features, sideOf)];
}

function sides({ train, validation, test }: ThreeWaySplit): (id: string) => string {
  const byId = new Map<string, string>();
  const put = (clips: readonly Clip[], side: string): void => {
    for (const clip of clips) byId.set(clipId(clip), side);
  };
  put(train, 'train');
  put(validation, 'validation');
  put(test, 'test');
  return (id) => byId.get(id) ?? '';
}

/** Values by feature and class, thinned out evenly when there are very many. */
class KeptValues {
  readonly values: number[][][];
  readonly #labels: readonly string[];
  readonly #seen: number[];
  readonly #every: number[];

  constructor(labels: readonly string[], features: number) {
    this.#labels = labels;
    this.values = Array.from({ length: features }, () => labels.map(() => []));
    this.#seen = labels.map(() => 0);
    this.#every = labels.map(() => 1);
  }

  add({ features, labels, counts }: TablePart): void {
    for (const [row, label] of labels.entries()) {
      const at = this.#labels.indexOf(label);
      if (at < 0 || counts?.[row] === false) continue;
      if (this.#seen[at]!++ % this.#every[at]! !== 0) continue;
      for (const [f, column] of features.entries()) {
        if (!Number.isNaN(column[row])) this.values[f]![at]!.push(column[row]!);
      }
      if (this.values[0]![at]!.length >= mostValues) this.#thin(at);
    }
  }

  #thin(at: number): void {
    this.#every[at]! *= 2;
    for (const classes of this.values) classes[at] = classes[at]!.filter((_, i) => i % 2 === 0);
  }
}
