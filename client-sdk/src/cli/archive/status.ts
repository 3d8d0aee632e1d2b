/** `undertone archive status`: how far the workers are, and what they gave up. */
import { setTimeout as sleep } from 'node:timers/promises';
import { printable } from '../../calls/printable.ts';
import { asUndertoneError } from '../../client/as-undertone-error.ts';
import { checkFeedOptions } from '../../feed/node/feed-options.ts';
import { type FeedChoice, feedConnection } from '../calls/feed-choice.ts';
import type { ArchiveQueue, QueueCounts } from './archive-queue.ts';
import { letterLine } from './letter-line.ts';
import { duration, ProgressBar } from './progress-bar.ts';

export interface StatusOptions extends FeedChoice {
  /** Looks until nothing is left, or Ctrl-C. */
  readonly watch?: boolean;
  readonly dead?: boolean;
  readonly json?: boolean;
}

/** Between two looks. */
const lookMs = 1000;

interface Status extends QueueCounts {
  /** Recordings that were done or given up between two looks, in a second. */
  readonly perSecond: number;
  /** Null where nothing moves. */
  readonly secondsLeft: number | null;
}

/** @returns whether it could be said */
export async function status(options: StatusOptions): Promise<boolean> {
  const print = (text: string): void => void process.stdout.write(`${text}\n`);
  const stop = new AbortController();
  const onInterrupt = (): void => stop.abort();
  process.once('SIGINT', onInterrupt);
  try {
    const settings = await feedConnection(options);
    checkFeedOptions(settings);
    // Its client of NATS takes memory and time that no other command should pay for.
    const { ArchiveQueue: Queue } = await import('./archive-queue.ts');
    const queue = await Queue.open(settings);
    try {
      if (options.dead) {
        for await (const letter of queue.deadLetters()) {
          if (stop.signal.aborted) break;
          print(options.json ? JSON.stringify({ type: 'Dead', ...letter }) : letterLine(letter));
        }
      } else if (options.watch) await watch(queue, options, print, stop.signal);
      else {
        const found = await look(queue, await queue.counts(), stop.signal);
        print(options.json ? jsonLine(found) : text(found));
      }
    } finally {
      await queue.close();
    }
    return true;
  } catch (error) {
    if (stop.signal.aborted) return true;
    const { code, message } = asUndertoneError(error);
    if (options.json) print(JSON.stringify({ type: 'Error', code, message }));
    else process.stderr.write(`${code}: ${printable(message)}\n`);
    return false;
  } finally {
    process.off('SIGINT', onInterrupt);
  }
}

async function watch(
  queue: ArchiveQueue,
  { json }: StatusOptions,
  print: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const bar = new ProgressBar(process.stderr);
  let found = await look(queue, await queue.counts(), signal);
  while (found.waiting + found.running > 0 && !signal.aborted) {
    const { waiting, running, done, dead } = found;
    if (json) print(jsonLine(found));
    else bar.update(done + dead, done + dead + waiting + running, moving(found));
    found = await look(queue, found, signal);
  }
  bar.clear();
  print(json ? jsonLine(found) : text(found));
}

async function look(queue: ArchiveQueue, before: QueueCounts, signal: AbortSignal): Promise<Status> {
  const startMs = performance.now();
  await sleep(before.waiting + before.running > 0 ? lookMs : 0, null, { signal });
  const counts = await queue.counts();
  const seconds = (performance.now() - startMs) / 1000;
  const moved = counts.done + counts.dead - before.done - before.dead;
  const perSecond = Math.max(0, Math.round((100 * moved) / seconds) / 100);
  const left = counts.waiting + counts.running;
  const secondsLeft = left === 0 ? 0 : perSecond > 0 ? Math.round(left / perSecond) : null;
  return { ...counts, perSecond, secondsLeft };
}

const jsonLine = ({ waiting, running, done, dead, perSecond, secondsLeft }: Status): string =>
  JSON.stringify({
    type: 'Status',
    waiting,
    running,
    done,
    dead,
    per_second: perSecond,
    seconds_left: secondsLeft,
  });

function text(found: Status): string {
  const { waiting, running, done, dead } = found;
  const line = `${waiting} waiting, ${running} running, ${done} done, ${dead} dead`;
  return waiting + running === 0 ? `${line}.` : `${line}; ${moving(found)}.`;
}

function moving({ running, perSecond, secondsLeft }: Status): string {
  if (secondsLeft !== null) return `${perSecond} a second, ${duration(secondsLeft)} left`;
  return running > 0 ? 'none was done meanwhile' : 'no worker takes any';
}
