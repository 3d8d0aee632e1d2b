/** `undertone archive enqueue`: recordings into the queue of workers, each once. */
import { UndertoneError } from '@undertone/core';
import { archiveSessionId, parseStreamQuery } from '@undertone/proto';
import { printable } from '../../calls/printable.ts';
import { asUndertoneError } from '../../client/as-undertone-error.ts';
import { checkFeedOptions } from '../../feed/node/feed-options.ts';
import { type FeedChoice, feedConnection } from '../calls/feed-choice.ts';
import type { EnqueueState } from './archive-queue.ts';
import { findRecordings, type Recording, readList } from './find-recordings.ts';
import { contentHash, jobId } from './job-id.ts';
import { duration, ProgressBar } from './progress-bar.ts';

export interface EnqueueOptions extends FeedChoice {
  readonly root?: string;
  readonly list?: string;
  /** `name=value` */
  readonly param?: readonly string[];
  readonly json?: boolean;
}

/** Files that are read, and jobs that are on their way, at a time. */
const lanes = 32;

/** @returns whether all are in the queue, or done */
export async function enqueue(given: readonly string[], options: EnqueueOptions): Promise<boolean> {
  const print = (value: object): void => void process.stdout.write(`${JSON.stringify(value)}\n`);
  const say = ({ code, message }: UndertoneError, file?: string): void => {
    if (options.json) print({ type: 'Error', code, message, ...(file === undefined ? {} : { file }) });
    else process.stderr.write(`${code}: ${printable(message)}\n`);
  };
  try {
    const params = paramsOf(options.param ?? []);
    const settings = await feedConnection(options);
    checkFeedOptions(settings);
    const names = [...given, ...(options.list === undefined ? [] : await readList(options.list))];
    if (names.length === 0)
      throw new UndertoneError('bad_parameter', 'Expected folders, files or addresses, or --list; got none.');
    const recordings = await findRecordings(names, options.root);
    if (recordings.length === 0)
      throw new UndertoneError('file_not_found', 'Expected recordings (.wav); none were found.');
    // Its client of NATS takes memory and time that no other command should pay for.
    const { ArchiveQueue } = await import('./archive-queue.ts');
    const queue = await ArchiveQueue.open(settings);
    const counts: Record<EnqueueState | 'failed', number> = { queued: 0, waiting: 0, done: 0, failed: 0 };
    const bar = new ProgressBar(process.stderr);
    const startMs = performance.now();
    let finished = 0;
    const one = async ({ name, path, source }: Recording): Promise<void> => {
      try {
        const content = path === null ? '' : await contentHash(path);
        const id = jobId(settings.tenant ?? 'default', { source, params }, content);
        const state = await queue.enqueue({ id, source, params });
        counts[state]++;
        if (options.json) print({ type: 'Job', file: name, id, session: archiveSessionId(id), state });
      } catch (error) {
        counts.failed++;
        bar.clear();
        say(asUndertoneError(error), name);
      }
      finished++;
      const left = ((performance.now() - startMs) / 1000 / finished) * (recordings.length - finished);
      bar.update(finished, recordings.length, `${duration(left)} left`);
    };
    const waiting = recordings.values();
    try {
      await Promise.all(
        Array.from({ length: lanes }, async () => {
          for (const recording of waiting) await one(recording);
        }),
      );
    } finally {
      bar.clear();
      await queue.close();
    }
    if (options.json) print({ type: 'Enqueued', ...counts });
    else process.stdout.write(`${sentence(counts)}\n`);
    return counts.failed === 0;
  } catch (error) {
    say(asUndertoneError(error));
    return false;
  }
}

/** @throws UndertoneError `bad_parameter` */
function paramsOf(given: readonly string[]): Record<string, string> {
  const params: Record<string, string> = {};
  for (const each of given) {
    const at = each.indexOf('=');
    if (at < 1) throw new UndertoneError('bad_parameter', `Expected --param NAME=VALUE; got ${each}.`);
    params[each.slice(0, at)] = each.slice(at + 1);
  }
  checkParams(params);
  return params;
}

/** How many channels there are is for each recording to say: what fits one of the numbers may be right. */
function checkParams(params: Readonly<Record<string, string>>): void {
  const named = params.channel_roles?.split(',').length;
  let refusal: unknown;
  for (const channels of named === undefined ? [1, 2] : [named]) {
    try {
      parseStreamQuery(new URLSearchParams({ channels: String(channels), ...params }));
      return;
    } catch (error) {
      refusal = error;
    }
  }
  throw new UndertoneError('bad_parameter', (refusal as Error).message, { cause: refusal });
}

function sentence({
  queued,
  waiting,
  done,
  failed,
}: Readonly<Record<EnqueueState | 'failed', number>>): string {
  const parts = [`${queued} queued`];
  if (waiting > 0) parts.push(`${waiting} were waiting already`);
  if (done > 0) parts.push(`${done} are done`);
  if (failed > 0) parts.push(`${failed} failed`);
  return `${parts.join(', ')}.`;
}
