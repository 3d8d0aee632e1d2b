/** What a run that was stopped, or met a full disk, leaves for the next one. */
import { UndertoneError } from '@undertone/core';
import { FeatureFile } from './feature-file.ts';
import type { FeatureFileWriter } from './feature-file-writer.ts';

interface Target {
  readonly path: string;
  readonly key: string;
}

/** Where the beginning of a feature file is kept. */
export function interruptedPath({ path }: Target): string {
  return `${path}.interrupted`;
}

/** What there is of the files, if it is whole and the same clips of each; otherwise nothing. To be closed by the caller. */
export function openInterrupted(files: readonly Target[]): FeatureFile[] {
  const found: FeatureFile[] = [];
  try {
    for (const file of files) {
      const part = new FeatureFile(interruptedPath(file), file.key);
      found.push(part);
      part.verify();
    }
    const counts = new Set(found.map(({ count, processed }) => `${count} of ${processed}`));
    if (counts.size === 1) return found;
  } catch (error) {
    if (!(error instanceof UndertoneError)) throw error;
  }
  for (const part of found) part.close();
  return [];
}

/**
 * Keeps the clips that were written, where that is possible; one in fifty makes room for the index on a full disk.
 * @param written for each clip in the files its position in the list
 * @returns how many clips were kept
 */
export function keepInterrupted(
  files: readonly { readonly file: Target; readonly writer: FeatureFileWriter }[],
  written: readonly number[],
  rawSize: number,
): number {
  const kept = written.length - Math.ceil(written.length / 50);
  if (kept < 1) return 0;
  const processed = written[kept - 1]! + 1;
  try {
    for (const { file, writer } of files) {
      writer.interrupt(interruptedPath(file), file.key, rawSize, kept, processed);
    }
    return kept;
  } catch (error) {
    if (!(error instanceof UndertoneError)) throw error;
    return 0;
  }
}
