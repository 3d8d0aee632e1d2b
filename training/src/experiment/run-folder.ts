/** The folder of a run: what it was made from, how it went, and where it can go on. */
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { UndertoneError } from '@undertone/core';
import type { Experiment } from '../config/experiment.ts';
import { experimentYaml } from '../config/experiment-yaml.ts';
import type { Places } from '../config/places.ts';
import type { Corpus } from '../data/clip.ts';
import { clipListHash } from '../features/feature-key.ts';
import { type Split, speakersOf } from '../split/split.ts';
import { writeFileAtomically } from '../train/write-file-atomically.ts';

/** `config.json` of a run. */
export interface RunRecord {
  readonly experiment: Experiment;
  readonly corpora: readonly string[];
  readonly validationSpeakers: readonly string[];
  readonly versions: Readonly<Record<string, string>>;
  /** What was trained on: names, sizes and times of change of the recordings; absent in runs of version 0.1.0. */
  readonly data?: { readonly clips: number; readonly hash: string };
}

export function runRecord(experiment: Experiment, corpora: readonly Corpus[], split: Split): RunRecord {
  return {
    experiment,
    corpora: corpora.map(({ name }) => name),
    validationSpeakers: speakersOf(split.validation),
    versions: softwareVersions(),
    data: { clips: split.train.length, hash: clipListHash(split.train) },
  };
}

/** Fields of an experiment on which what is trained does not depend. */
const changeable: readonly string[] = ['modelName', 'modelVersion', 'threads', 'validateEvery', 'valShare'];

export class RunFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  get checkpointPath(): string {
    return join(this.path, 'checkpoint.bin');
  }

  /** The model after the latest validation. */
  get latestModelPath(): string {
    return join(this.path, 'latest');
  }

  get hasCheckpoint(): boolean {
    return existsSync(this.checkpointPath);
  }

  /**
   * The stored configuration of the run, or null if there is none.
   * @throws UndertoneError `bad_config`
   */
  readRecord(): RunRecord | null {
    const path = join(this.path, 'config.json');
    if (!existsSync(path)) return null;
    try {
      return JSON.parse(readFileSync(path, 'utf8')) as RunRecord;
    } catch (cause) {
      throw new UndertoneError('bad_config', `${path} is not JSON.`, { cause });
    }
  }

  /**
   * Makes the folder and stores the configuration.
   * @throws UndertoneError `bad_config`, before anything is written, when there is a run already that is not to be
   * resumed, or that was started in another way
   */
  async open(record: RunRecord, resume: boolean, places: Partial<Places> = {}): Promise<void> {
    if (!resume && this.hasCheckpoint) {
      throw new UndertoneError(
        'bad_config',
        `There is a run in ${this.path} already; go on with --resume, or name another folder with --run.`,
      );
    }
    if (resume || this.hasCheckpoint) this.#checkSameRun(record);
    mkdirSync(this.path, { recursive: true });
    await writeFileAtomically(join(this.path, 'config.json'), `${JSON.stringify(record, null, 2)}\n`);
    await writeFileAtomically(
      join(this.path, 'experiment.yaml'),
      experimentYaml({ ...places, ...record.experiment }),
    );
  }

  #checkSameRun(record: RunRecord): void {
    const stored = this.readRecord();
    if (!stored) return;
    const refuse = (what: string, before: unknown, now: unknown): never => {
      throw new UndertoneError(
        'bad_config',
        `The run in ${this.path} can only be resumed as it was started: expected ${what} ${JSON.stringify(before)}, found ${JSON.stringify(now)}.`,
      );
    };
    const differ = (a: unknown, b: unknown): boolean => JSON.stringify(a) !== JSON.stringify(b);
    for (const [field, now] of Object.entries(record.experiment)) {
      const before = stored.experiment[field as keyof Experiment];
      const matters =
        !changeable.includes(field) || (field === 'validateEvery' && record.experiment.patience > 0);
      if (matters && differ(before, now)) refuse(field, before, now);
    }
    for (const field of ['corpora', 'validationSpeakers'] as const) {
      if (differ(stored[field], record[field])) refuse(field, stored[field], record[field]);
    }
    for (const [name, now] of Object.entries(record.versions)) {
      const before = stored.versions[name];
      if (differ(before, now)) refuse(`version of ${name}`, before, now);
    }
    if (stored.data && record.data && differ(stored.data, record.data)) {
      refuse('the same recordings, data', stored.data, record.data);
    }
  }

  /** Adds a line to `curves.jsonl`; of two lines for an epoch, the later holds. */
  addToCurves(line: Readonly<Record<string, unknown>>): void {
    appendFileSync(join(this.path, 'curves.jsonl'), `${JSON.stringify(line)}\n`);
  }
}

/** What the numbers of a run may depend on. */
export function softwareVersions(): Record<string, string> {
  const require = createRequire(import.meta.url);
  const version = (name: string): string => (require(name) as { version: string }).version;
  return {
    node: process.version,
    training: version('../../package.json'),
    onnxruntime: version('onnxruntime-node/package.json'),
  };
}
