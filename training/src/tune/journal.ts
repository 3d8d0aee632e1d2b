/**
 * `trials.jsonl`: everything that happened in a study, one line for each event, appended and flushed before the study
 * goes on. A line that a kill cut in half is dropped when the file is opened again; what stands before it holds.
 */
import {
  closeSync,
  existsSync,
  fdatasyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  writeSync,
} from 'node:fs';
import { UndertoneError } from '@undertone/core';
import type { Point } from './search-space.ts';
import type { Trial, TrialStep } from './trial.ts';

/** What a study was started with; another study does not go on in its journal. */
export type StudyRecord = Readonly<Record<string, unknown>>;

type TrialEnd = Pick<Trial, 'state' | 'value' | 'reason' | 'parts' | 'seconds'>;

export type JournalEvent =
  | { readonly event: 'study'; readonly study: StudyRecord }
  | { readonly event: 'start'; readonly trial: number; readonly point: Point }
  | ({ readonly event: 'step'; readonly trial: number } & TrialStep)
  | ({ readonly event: 'end'; readonly trial: number; readonly elapsedS: number } & TrialEnd);

export class Journal {
  readonly #path: string;
  readonly #file: number;
  readonly #trials = new Map<number, Trial>();
  #elapsedS = 0;

  /**
   * Opens the journal of a study, or begins it.
   * @throws UndertoneError `bad_config` when there is one that is not to be resumed or belongs to another study, naming
   * the field that differs; `bad_checkpoint` for a file that is no journal
   */
  constructor(path: string, study: StudyRecord, resume: boolean) {
    this.#path = path;
    const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    if (whole !== '' && !resume) {
      throw new UndertoneError(
        'bad_config',
        `There is a search in ${path} already; go on with --resume, or name another folder with --run.`,
      );
    }
    const events = parse(whole, path);
    if (events.length > 0) checkSameStudy(events[0]!, study, path);
    for (const event of events.slice(1)) this.#apply(event);
    this.#file = openSync(path, 'a');
    if (whole.length < text.length) ftruncateSync(this.#file, Buffer.byteLength(whole));
    if (events.length === 0) this.add({ event: 'study', study });
  }

  /** In the order of their numbers. */
  get trials(): Trial[] {
    return [...this.#trials.values()].sort((a, b) => a.number - b.number);
  }

  /** Seconds that the study had taken at the last trial's end. */
  get elapsedS(): number {
    return this.#elapsedS;
  }

  /** @throws UndertoneError `bad_config` when the disk is full or the file cannot be written */
  add(event: JournalEvent): void {
    try {
      writeSync(this.#file, `${JSON.stringify(event)}\n`);
      fdatasyncSync(this.#file);
    } catch (cause) {
      throw new UndertoneError('bad_config', `Cannot write to ${this.#path}: ${(cause as Error).message}.`, {
        cause,
      });
    }
    this.#apply(event);
  }

  close(): void {
    closeSync(this.#file);
  }

  #apply(event: JournalEvent): void {
    if (event.event === 'study') return;
    if (event.event === 'start') {
      // A trial that is started once more was killed: what it had reported does not count.
      const { trial: number, point } = event;
      this.#trials.set(number, { number, point, state: 'running', value: null, steps: [] });
      return;
    }
    const trial = this.#trials.get(event.trial);
    if (!trial) {
      throw new UndertoneError(
        'bad_checkpoint',
        `${this.#path}: expected trial ${event.trial} to start before its ${event.event}.`,
      );
    }
    if (event.event === 'step') {
      const { step, value } = event;
      this.#trials.set(event.trial, { ...trial, steps: [...trial.steps, { step, value }] });
      return;
    }
    const { event: _, trial: __, elapsedS, ...end } = event;
    this.#trials.set(event.trial, { ...trial, ...end });
    this.#elapsedS = Math.max(this.#elapsedS, elapsedS);
  }
}

function parse(text: string, path: string): JournalEvent[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line, i) => {
      try {
        return JSON.parse(line) as JournalEvent;
      } catch (cause) {
        throw new UndertoneError(
          'bad_checkpoint',
          `${path}, line ${i + 1}: expected JSON, found ${line.slice(0, 60)}.`,
          {
            cause,
          },
        );
      }
    });
}

function checkSameStudy(first: JournalEvent, study: StudyRecord, path: string): void {
  if (first.event !== 'study') {
    throw new UndertoneError(
      'bad_checkpoint',
      `${path}: expected the study on line 1, found ${first.event}.`,
    );
  }
  // As JSON, because that is what the file holds.
  const now = JSON.parse(JSON.stringify(study)) as StudyRecord;
  for (const field of new Set([...Object.keys(first.study), ...Object.keys(now)])) {
    const [before, after] = [first.study[field], now[field]].map((value) => JSON.stringify(value));
    if (before === after) continue;
    throw new UndertoneError(
      'bad_config',
      `The search in ${path} can only be resumed as it was started: expected ${field} ${before}, found ${after}.`,
    );
  }
}
