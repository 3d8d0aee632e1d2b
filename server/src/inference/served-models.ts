/** The models of a server, each with a scheduler of its own, and which of them a client means. */
import { type BatchScheduler, type Manifest, type ModelRuntime, UndertoneError } from '@undertone/core';
import { compareVersions } from './compare-versions.ts';
import { LocalRecogniser } from './local-recogniser.ts';
import { loadModelFolder } from './model-folder.ts';
import type { RecogniserCallbacks, RecogniserHandle, RecogniserOptions } from './recogniser-handle.ts';

export interface ServedModel {
  /** `name@version` */
  readonly id: string;
  readonly manifest: Manifest;
  /** Frames per decision. */
  readonly stepFrames: number;
  open(options: RecogniserOptions, callbacks: RecogniserCallbacks): RecogniserHandle;
}

export function modelId({ name, version }: Pick<Manifest, 'name' | 'version'>): string {
  return `${name}@${version}`;
}

/**
 * Opens every folder; if one does not fit, those opened before it are closed again.
 * @throws UndertoneError `bad_config` for two models of the same name and version; what `loadModelFolder` throws
 */
export async function loadModels(folders: readonly string[]): Promise<readonly ModelRuntime[]> {
  const models: ModelRuntime[] = [];
  const folderOf = new Map<string, string>();
  try {
    for (const folder of folders) {
      const model = await loadModelFolder(folder);
      models.push(model);
      const id = modelId(model.manifest);
      const other = folderOf.get(id);
      if (other !== undefined) {
        const found = `${id} in ${other} and in ${folder}`;
        throw new UndertoneError('bad_config', `Expected models of different name or version; got ${found}.`);
      }
      folderOf.set(id, folder);
    }
  } catch (error) {
    // Why the server does not start is worth more than why a model did not close.
    await Promise.allSettled(models.map((model) => model.close()));
    throw error;
  }
  return models;
}

export class ServedModels {
  /** In the order of the configuration; the first is the default. */
  readonly all: readonly ServedModel[];
  readonly #schedulers: readonly BatchScheduler[];

  constructor(models: readonly ModelRuntime[], createScheduler: (model: ModelRuntime) => BatchScheduler) {
    this.#schedulers = models.map(createScheduler);
    this.all = this.#schedulers.map((scheduler) => ({
      id: modelId(scheduler.model.manifest),
      manifest: scheduler.model.manifest,
      stepFrames: scheduler.model.stepFrames,
      open: (options, callbacks) => new LocalRecogniser(scheduler, options, callbacks),
    }));
  }

  get default(): ServedModel {
    return this.all[0]!;
  }

  /**
   * @param wanted `name@version`, or `name` for its highest version; absent for the default
   * @throws UndertoneError `unknown_model` with what there is
   */
  find(wanted: string | undefined): ServedModel {
    if (wanted === undefined) return this.default;
    const exact = this.all.find(({ id }) => id === wanted);
    if (exact) return exact;
    const [highest] = this.all
      .filter(({ manifest }) => manifest.name === wanted)
      .sort((a, b) => compareVersions(b.manifest.version, a.manifest.version));
    if (highest) return highest;
    const ids = this.all.map(({ id }) => id).join(', ');
    throw new UndertoneError('unknown_model', `Expected model to be one of ${ids}; got "${wanted}".`);
  }

  /** Closes all, then throws what the first that failed threw. */
  async close(): Promise<void> {
    const closing = this.#schedulers.map(async (scheduler) => {
      await scheduler.close();
      await scheduler.model.close();
    });
    await Promise.allSettled(closing);
    await Promise.all(closing);
  }
}
