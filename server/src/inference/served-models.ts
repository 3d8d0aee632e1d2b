/** The models of a server and which of them a client means. */
import { type Manifest, UndertoneError } from '@undertone/core';
import { compareVersions } from './compare-versions.ts';
import { type ModelFolder, readModelFolder } from './model-folder.ts';
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

/** @throws UndertoneError `bad_config` for two models of the same name and version; what `readModelFolder` throws */
export async function readModels(folders: readonly string[]): Promise<readonly ModelFolder[]> {
  const models: ModelFolder[] = [];
  const folderOf = new Map<string, string>();
  for (const folder of folders) {
    const model = await readModelFolder(folder);
    models.push(model);
    const id = modelId(model.manifest);
    const other = folderOf.get(id);
    if (other !== undefined) {
      const found = `${id} in ${other} and in ${folder}`;
      throw new UndertoneError('bad_config', `Expected models of different name or version; got ${found}.`);
    }
    folderOf.set(id, folder);
  }
  return models;
}

export class ServedModels {
  /** In the order of the configuration; the first is the default. */
  readonly all: readonly ServedModel[];

  constructor(models: readonly ServedModel[]) {
    this.all = models;
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
}
