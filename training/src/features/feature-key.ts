/** What a cached feature file depends on, as one hash. */
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { type FeatureConfig, UndertoneError } from '@undertone/core';
import type { Clip } from '../data/clip.ts';
import { Random } from '../data/random.ts';
import { FrameExtractor } from './clip-features.ts';

/** Raised whenever speech targets, variants or levels change in code. */
const cacheVersion = 1;

/** Names a clip within its corpus, wherever the corpus lies; see `withDistinctNames`. */
export function clipId(clip: Clip): string {
  const part =
    clip.startS === undefined && clip.endS === undefined ? '' : `@${clip.startS ?? 0}-${clip.endS ?? ''}`;
  return `${clip.speaker}/${clip.name ?? basename(clip.path)}${part}`;
}

/**
 * Hash of a list of clips: their paths, labels, sizes and times of change; what raters heard changes no feature.
 * @throws UndertoneError `file_not_found`
 */
export function clipListHash(clips: readonly Clip[]): string {
  const hash = createHash('sha256');
  for (const clip of clips) {
    let state: { size: number; mtimeMs: number };
    try {
      state = statSync(clip.path);
    } catch (cause) {
      throw new UndertoneError('file_not_found', `Cannot read ${clip.path}.`, { cause });
    }
    const { votes: _, distribution: __, ...rest } = clip;
    hash.update(JSON.stringify([rest, state.size, state.mtimeMs]));
  }
  return hash.digest('hex');
}

/** SHA-256 of everything that a file's contents follow from. */
export function cacheKey(parts: Readonly<Record<string, unknown>>): string {
  return createHash('sha256')
    .update(JSON.stringify([cacheVersion, parts]))
    .digest('hex');
}

/**
 * SHA-256 of the features of half a second of a fixed sound, a gliding voice in noise: finds a change of the feature code
 * that nobody declared.
 */
export function featureProbe(features: FeatureConfig): string {
  const random = new Random('probe');
  let phase = 0;
  const samples = Float32Array.from({ length: 8000 }, (_, n) => {
    phase += (100 + n / 50) / 16000;
    return 0.3 * (phase % 1) - 0.15 + 0.01 * random.normal();
  });
  const raw = new FrameExtractor(features).rawFrames(samples);
  return createHash('sha256').update(new Uint8Array(raw.buffer)).digest('hex');
}
