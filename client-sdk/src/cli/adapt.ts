/** `undertone adapt`: fits the model to one voice, and says what clips that were left out gain by it. */
import { writeFile } from 'node:fs/promises';
import { UndertoneError } from '@undertone/core';
import { asUndertoneError } from '../client/as-undertone-error.ts';
import type { AdaptProgress } from '../local/adaptation/adapt-model.ts';
import type { Adaptation } from '../local/adaptation/adaptation.ts';
import { adapt } from '../local/node/adapt.ts';
import { LocalModel } from '../local/node/local-model.ts';
import { readClipList } from './clip-list.ts';

export interface AdaptCommandOptions {
  readonly out: string;
  readonly model?: string;
  readonly json?: boolean;
}

/** @returns whether the adaptation was written */
export async function adaptCommand(list: string, options: AdaptCommandOptions): Promise<boolean> {
  const stop = new AbortController();
  const onInterrupt = (): void => stop.abort();
  process.once('SIGINT', onInterrupt);
  try {
    const adaptation = await adaptTo(list, options, stop.signal);
    const line = options.json ? JSON.stringify(adaptation.report) : describe(adaptation, options.out);
    process.stdout.write(`${line}\n`);
    return true;
  } catch (error) {
    const { code, message } = asUndertoneError(error);
    if (options.json) process.stdout.write(`${JSON.stringify({ type: 'Error', code, message })}\n`);
    else process.stderr.write(`${code}: ${message}\n`);
    return false;
  } finally {
    process.off('SIGINT', onInterrupt);
  }
}

async function adaptTo(
  list: string,
  { out, model: folder }: AdaptCommandOptions,
  signal: AbortSignal,
): Promise<Adaptation> {
  const clips = await readClipList(list);
  const model = await LocalModel.load(folder);
  try {
    const adaptation = await adapt(model, clips, { signal, onProgress: showProgress });
    try {
      await writeFile(out, adaptation.toBytes());
    } catch (cause) {
      const expected = `Expected to write the adaptation to ${out}`;
      throw new UndertoneError('file_not_found', `${expected}; ${(cause as Error).message}.`, { cause });
    }
    return adaptation;
  } finally {
    showProgress(null);
    await model.close();
  }
}

/** On a terminal, in one line that is overwritten; null takes it away. */
function showProgress(progress: AdaptProgress | null): void {
  if (!process.stderr.isTTY) return;
  const text = progress ? `${progress.stage} ${Math.round(100 * progress.share)} %` : '';
  process.stderr.write(`\r\u001b[K${text}`);
}

function describe({ model, report }: Adaptation, out: string): string {
  const { clips, before, after, isApplied, reason } = report;
  const counts = Object.entries(clips).map(([label, count]) => `${count} ${label}`);
  const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
  return [
    `${model}, adapted to ${counts.join(', ')}.`,
    `Of clips that were left out, ${percent(before.recall)} were recognised before (mean over labels), ${percent(after.recall)} after.`,
    isApplied
      ? `Written to ${out}: undertone analyze --adaptation ${out} FILE`
      : `Not applied: ${reason}. What is written to ${out} changes nothing.`,
  ].join('\n');
}
