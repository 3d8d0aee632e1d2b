/** What a report can know of a run: from a run's folder, an evaluation on its own, or a model folder. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { UndertoneError } from '@undertone/core';
import type { Evaluation } from '../../evaluate/evaluation-types.ts';
import type { RunRecord } from '../../experiment/run-folder.ts';

/** An evaluation of any version of this program: older ones lack fields. */
export type StoredEvaluation = Partial<Evaluation> & Pick<Evaluation, 'labels' | 'wideband'>;

export interface EpochLine {
  readonly epoch: number;
  readonly loss: number;
}

export interface ValidationLine {
  readonly epoch: number;
  /** UAR by condition. */
  readonly uar: Readonly<Record<string, number>>;
}

export interface ModelFacts {
  readonly name: string;
  /** Null where only an evaluation of it is known. */
  readonly kind: string | null;
  /** Of the networks. */
  readonly bytes: number | null;
  readonly metrics: Readonly<Record<string, unknown>>;
}

export interface ReportedRun {
  /** Short, and no two the same in one report. */
  readonly name: string;
  readonly path: string;
  readonly record: Partial<RunRecord> | null;
  readonly losses: readonly EpochLine[];
  readonly validations: readonly ValidationLine[];
  readonly evaluation: StoredEvaluation | null;
  readonly model: ModelFacts | null;
}

/**
 * Reads what there is at each path.
 * @throws UndertoneError `file_not_found` for nothing at all, `bad_config` for a file that is not what it should be
 */
export function readRuns(paths: readonly string[]): ReportedRun[] {
  const names = uniqueNames(paths);
  return paths.map((path, i) => ({ name: names[i]!, path, ...readPath(path) }));
}

type Content = Omit<ReportedRun, 'name' | 'path'>;

const nothing: Content = { record: null, losses: [], validations: [], evaluation: null, model: null };

function readPath(path: string): Content {
  if (!existsSync(path)) {
    throw new UndertoneError(
      'file_not_found',
      `There is no run folder, model folder or evaluation file at ${path}.`,
    );
  }
  if (statSync(path).isFile()) {
    const evaluation = readEvaluation(path);
    return { ...nothing, evaluation, model: modelOf(evaluation) };
  }
  const has = (name: string): boolean => existsSync(join(path, name));
  const content: Content = {
    record: has('config.json') ? (readJson(join(path, 'config.json')) as Partial<RunRecord>) : null,
    ...(has('curves.jsonl') ? readCurves(join(path, 'curves.jsonl')) : { losses: [], validations: [] }),
    evaluation: has('evaluation.json') ? readEvaluation(join(path, 'evaluation.json')) : null,
    model: has('manifest.json')
      ? readModel(path)
      : has('latest/manifest.json')
        ? readModel(join(path, 'latest'))
        : null,
  };
  if (!content.record && !content.evaluation && !content.model) {
    throw new UndertoneError(
      'bad_config',
      `Expected a run (config.json, evaluation.json) or a model (manifest.json) in ${path}; found neither.`,
    );
  }
  return { ...content, model: content.model ?? (content.evaluation && modelOf(content.evaluation)) };
}

/** Which model was evaluated; versions before 0.1.0 do not say. */
function modelOf({ model }: StoredEvaluation): ModelFacts | null {
  return model ? { name: `${model.name}@${model.version}`, kind: null, bytes: null, metrics: {} } : null;
}

function readEvaluation(path: string): StoredEvaluation {
  const stored = readJson(path) as Partial<Evaluation>;
  if (!Array.isArray(stored.labels) || typeof stored.wideband !== 'object') {
    throw new UndertoneError(
      'bad_config',
      `${path}: expected an evaluation with labels and wideband scores; found ${Object.keys(stored).slice(0, 5).join(', ') || 'nothing'}.`,
    );
  }
  return stored as StoredEvaluation;
}

/** Of two lines for one epoch, the later holds: a run that was resumed has written twice. A torn last line is left out. */
function readCurves(path: string): Pick<Content, 'losses' | 'validations'> {
  const losses = new Map<number, EpochLine>();
  const validations = new Map<number, ValidationLine>();
  for (const text of readFileSync(path, 'utf8').split('\n')) {
    let line: { epoch?: number; loss?: number; validation?: Record<string, number> };
    try {
      line = JSON.parse(text);
    } catch {
      continue;
    }
    if (line.epoch === undefined) continue;
    if (line.loss !== undefined) losses.set(line.epoch, { epoch: line.epoch, loss: line.loss });
    if (line.validation) validations.set(line.epoch, { epoch: line.epoch, uar: line.validation });
  }
  const byEpoch = (a: { epoch: number }, b: { epoch: number }): number => a.epoch - b.epoch;
  return { losses: [...losses.values()].sort(byEpoch), validations: [...validations.values()].sort(byEpoch) };
}

function readModel(folder: string): ModelFacts {
  const { name, version, kind, files, metrics } = readJson(join(folder, 'manifest.json')) as {
    name?: string;
    version?: string;
    kind?: string;
    files?: Record<string, { path: string }>;
    metrics?: Record<string, unknown>;
  };
  let bytes: number | null = 0;
  for (const { path } of Object.values(files ?? {})) {
    const file = join(folder, path);
    bytes = bytes !== null && existsSync(file) ? bytes + statSync(file).size : null;
  }
  return { name: `${name}@${version}`, kind: kind ?? 'unknown', bytes, metrics: metrics ?? {} };
}

/** JSON in which null stands for a number that is none. */
function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'), (_, value: unknown) =>
      value === null ? Number.NaN : value,
    );
  } catch (cause) {
    throw new UndertoneError('bad_config', `${path} is not JSON.`, { cause });
  }
}

/** The last part of each path, with the part before where two would be the same, and a number if that does not help. */
function uniqueNames(paths: readonly string[]): string[] {
  const short = paths.map((path) => lastPart(resolve(path)));
  const isTwice = (names: readonly string[], i: number): boolean =>
    names.some((name, j) => j !== i && name === names[i]);
  const longer = short.map((name, i) =>
    isTwice(short, i) ? `${basename(dirname(resolve(paths[i]!)))}/${name}` : name,
  );
  return longer.map((name, i) => (isTwice(longer, i) ? `${name} (${i + 1})` : name));
}

function lastPart(path: string): string {
  const name = basename(path);
  // `evaluation.json` says nothing; the folder that it lies in does.
  return name === 'evaluation.json' ? basename(dirname(path)) : name.replace(/\.json$/, '');
}
