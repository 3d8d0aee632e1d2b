/** Tells clips apart that have the same speaker and the same file name, in different folders. */
import { dirname, relative, sep } from 'node:path';
import type { Clip } from '../data/clip.ts';
import { clipId } from './feature-key.ts';

/**
 * Clips whose `clipId` names one recording each: where it would be that of two files, both are named by their path
 * within the corpus. The others keep their names, and with them what follows from these: the noise that they are heard in,
 * their place in a random split.
 * @param corpusPath the corpus' folder, or its manifest
 */
export function withDistinctNames(
  clips: readonly Clip[],
  corpusPath: string,
  isFile: boolean,
): readonly Clip[] {
  const paths = new Map<string, Set<string>>();
  for (const clip of clips) {
    const id = clipId(clip);
    paths.set(id, (paths.get(id) ?? new Set()).add(clip.path));
  }
  const folder = isFile ? dirname(corpusPath) : corpusPath;
  return clips.map((clip) =>
    paths.get(clipId(clip))!.size > 1
      ? { ...clip, name: relative(folder, clip.path).split(sep).join('/') }
      : clip,
  );
}
