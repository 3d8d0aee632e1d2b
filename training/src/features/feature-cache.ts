/**
 * The features of a clip list on disk, one file for each variant. A file's name and footer carry the hash of all it
 * depends on, so that a change of features, clips, variants or seed makes a new file and never meets an old one.
 */
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type FeatureConfig, featureHash, rawFrameSize, UndertoneError } from '@undertone/core';
import type { Clip } from '../data/clip.ts';
import { isRandom, type VariantSpec } from '../preprocess/variant.ts';
import { FrameExtractor } from './clip-features.ts';
import { extractNonSpeech } from './extraction.ts';
import { runExtraction } from './extraction-pool.ts';
import { FeatureFile, type IndexedClip } from './feature-file.ts';
import { FeatureFileWriter } from './feature-file-writer.ts';
import { cacheKey, clipId, clipListHash, featureProbe } from './feature-key.ts';
import { interruptedPath, keepInterrupted, openInterrupted } from './interrupted-files.ts';

/** Where a variant's features are; plain data for worker threads. */
export interface CachedVariant {
  readonly variant: string;
  readonly path: string;
  readonly key: string;
}

export interface FeatureCacheOptions {
  readonly folder: string;
  readonly features: FeatureConfig;
  readonly seed: number;
  readonly threads: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Told of clips that cannot be used, and of damaged files that are made again. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/** Share of the clips of a corpus that may be unreadable before it is refused. */
const badClipShare = 0.01;
/** Unfinished files older than this belong to a run that died. */
const abandonedAfterMs = 24 * 3600 * 1000;
/** Interrupted files are kept for a month. */
const interruptedAfterMs = 30 * abandonedAfterMs;

export class FeatureCache {
  readonly #options: FeatureCacheOptions;

  constructor(options: FeatureCacheOptions) {
    this.#options = options;
    mkdirSync(options.folder, { recursive: true });
    this.#sweep();
  }

  /** What is computed of the samples. */
  get features(): FeatureConfig {
    return this.#options.features;
  }

  /**
   * Feature files of `clips` in every variant; those that are missing or damaged are made.
   * @param name begins the file names
   * @param babbleClips whose voices are in the noise; changes the files only if a variant has babble
   * @throws UndertoneError `bad_corpus` when more than one clip in a hundred cannot be used, `aborted`
   */
  async clips(
    name: string,
    clips: readonly Clip[],
    variants: readonly VariantSpec[],
    babbleClips: readonly Clip[],
  ): Promise<CachedVariant[]> {
    const { features, seed } = this.#options;
    const code = await featureCode(rawFeatures(features));
    const list = clipListHash(clips);
    const babble = clipListHash(babbleClips);
    const wanted = variants.map((spec) => {
      const usesBabble = spec.noise?.kinds.includes('babble') ?? false;
      const key = cacheKey({
        code,
        list,
        spec,
        seed: isRandom(spec) ? seed : 0,
        babble: usesBabble ? babble : '',
      });
      return { spec, file: this.#file(name, spec.name, key) };
    });
    const missing = wanted.filter(({ file }) => !this.#isWhole(file));
    if (missing.length > 0) await this.#extract(clips, missing, babbleClips);
    else if (wanted[0]) this.#nameLeftOut(clips, wanted[0].file);
    return wanted.map(({ file }) => file);
  }

  /** What could not be used when the file was made is said by every run that reads it. */
  #nameLeftOut(clips: readonly Clip[], { path, key }: CachedVariant): void {
    const { onWarning } = this.#options;
    if (!onWarning) return;
    const file = new FeatureFile(path, key);
    try {
      if (file.count === clips.length) return;
      const known = new Set(Array.from({ length: file.count }, (_, i) => file.clip(i).id));
      for (const clip of clips) {
        if (!known.has(clipId(clip)))
          onWarning(`Left out: ${clip.path}: its features could not be computed before.`);
      }
    } finally {
      file.close();
    }
  }

  /** `count` sounds that are not speech. */
  async nonSpeech(count: number): Promise<CachedVariant> {
    const { features, seed } = this.#options;
    const key = cacheKey({ code: await featureCode(rawFeatures(features)), nonSpeech: count, seed });
    const file = this.#file('non-speech', 'clean', key);
    if (this.#isWhole(file)) return file;
    const extractor = new FrameExtractor(rawFeatures(features));
    const writer = new FeatureFileWriter(file.path);
    try {
      for (let i = 0; i < count; i++) {
        const clip = { id: `non-speech/${i}`, speaker: '', label: '', corpus: 'non-speech' };
        writer.add(clip, extractNonSpeech(extractor, i, seed));
      }
      writer.finish(key, rawFrameSize(features));
    } catch (error) {
      writer.abandon();
      throw error;
    }
    return file;
  }

  async #extract(
    clips: readonly Clip[],
    missing: readonly { spec: VariantSpec; file: CachedVariant }[],
    babbleClips: readonly Clip[],
  ): Promise<void> {
    const { seed, threads, signal, onProgress, onWarning } = this.#options;
    const features = rawFeatures(this.#options.features);
    const writers: FeatureFileWriter[] = [];
    const problems: string[] = [];
    const interrupted = openInterrupted(missing.map(({ file }) => file));
    const first = interrupted[0]?.processed ?? 0;
    /** For each clip that is written its position in the list. */
    const written = Array.from({ length: interrupted[0]?.count ?? 0 }, () => first - 1);
    const rest = clips.slice(first);
    let unusable = first - written.length;
    let processed = first;
    try {
      for (const [i, { file }] of missing.entries())
        writers.push(new FeatureFileWriter(file.path, interrupted[i]));
      await runExtraction({
        plan: { features, seed, clips: rest, variants: missing.map(({ spec }) => spec), babbleClips },
        threads,
        signal,
        onResult: (result) => {
          const position = first + result.index;
          if ('problem' in result) {
            unusable++;
            problems.push(result.problem);
            onWarning?.(`Left out: ${result.problem}`);
          } else {
            const indexed = toIndexed(clips[position]!);
            for (const [i, writer] of writers.entries()) writer.add(indexed, result.variants[i]!);
            written.push(position);
          }
          processed = position + 1;
          onProgress?.(processed, clips.length);
        },
      });
      if (unusable > Math.max(1, badClipShare * clips.length) || unusable === clips.length) {
        throw new UndertoneError(
          'bad_corpus',
          `Expected at most ${badClipShare * 100} % unusable clips; found ${unusable} of ${clips.length}, the first: ${problems[0] ?? 'found before'}`,
        );
      }
      for (const [i, writer] of writers.entries()) {
        const { file } = missing[i]!;
        writer.finish(file.key, rawFrameSize(features));
        rmSync(interruptedPath(file), { force: true });
      }
    } catch (error) {
      const isPartial = writers.length === missing.length && processed < clips.length;
      if (isPartial) {
        const files = missing.map(({ file }, i) => ({ file, writer: writers[i]! }));
        const kept = keepInterrupted(files, written, rawFrameSize(features));
        if (kept > 0) onWarning?.(`Kept the features of ${kept} clips; the next run goes on from there.`);
      }
      for (const writer of writers) writer.abandon();
      throw error;
    } finally {
      for (const file of interrupted) file.close();
    }
  }

  #file(name: string, variant: string, key: string): CachedVariant {
    return {
      variant,
      key,
      path: join(this.#options.folder, `${name}-${variant}-${key.slice(0, 16)}.features`),
    };
  }

  #isWhole({ path, key }: CachedVariant): boolean {
    try {
      statSync(path);
    } catch {
      return false;
    }
    try {
      const file = new FeatureFile(path, key);
      try {
        file.verify();
      } finally {
        file.close();
      }
      return true;
    } catch (error) {
      if (!(error instanceof UndertoneError)) throw error;
      this.#options.onWarning?.(`Made again: ${error.message}`);
      rmSync(path, { force: true });
      return false;
    }
  }

  /** Removes unfinished files of runs that died. */
  #sweep(): void {
    const { folder } = this.#options;
    for (const name of readdirSync(folder)) {
      if (!name.endsWith('.part') && !name.endsWith('.interrupted')) continue;
      const path = join(folder, name);
      const keptMs = name.endsWith('.part') ? abandonedAfterMs : interruptedAfterMs;
      if (Date.now() - statSync(path).mtimeMs > keptMs) rmSync(path, { force: true });
    }
  }
}

/** Names the features by their configuration and by what the code makes of it. */
async function featureCode(features: FeatureConfig): Promise<string> {
  return `${await featureHash(features)} ${featureProbe(features)}`;
}

/** What raw frames depend on: functionals are made of them, not they of functionals. */
function rawFeatures({ functionals: _, ...rest }: FeatureConfig): FeatureConfig {
  return rest;
}

function toIndexed(clip: Clip): IndexedClip {
  const { speaker, label, corpus, sex } = clip;
  return { id: clipId(clip), speaker, label, corpus, ...(sex && { sex }) };
}
