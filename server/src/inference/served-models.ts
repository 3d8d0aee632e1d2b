/** The models of a server and which of them a client means. */
import { type Manifest, UndertoneError } from '@undertone/core';
import { type ModelFolder, readModelFolder } from './model-folder.ts';
import type { RecogniserCallbacks, RecogniserHandle, RecogniserOptions } from './recogniser-handle.ts';
import {
  assignedModel,
  namedModel,
  type RollOut,
  type RollOutSettings,
  resolveRollOut,
  shadowOf,
} from './roll-out.ts';

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
  /** In the order of the configuration. */
  readonly all: readonly ServedModel[];
  #rollOut: RollOut<ServedModel>;

  constructor(models: readonly ServedModel[]) {
    this.all = models;
    this.#rollOut = { default: models[0]!, canary: null, canaryPercent: 0, shadow: null, shadowPercent: 0 };
  }

  get default(): ServedModel {
    return this.#rollOut.default;
  }

  /** What a new stream without a wish gets; follows from its session alone. */
  assigned(sessionId: string): ServedModel {
    return assignedModel(this.#rollOut, sessionId);
  }

  /** What hears a new stream beside the model that answers; null for none. */
  shadowOf(sessionId: string, answering: ServedModel): ServedModel | null {
    return shadowOf(this.#rollOut, sessionId, answering);
  }

  /**
   * Another default, canary or shadow, for streams that begin from then on.
   * @returns takes it into effect
   * @throws UndertoneError `bad_config` for a model that is not served
   */
  prepare(settings: RollOutSettings): () => void {
    const rollOut = resolveRollOut(this.all, settings);
    return () => {
      this.#rollOut = rollOut;
    };
  }

  /**
   * @param wanted `name@version`, or `name` for its highest version; absent for the default
   * @throws UndertoneError `unknown_model` with what there is
   */
  find(wanted: string | undefined): ServedModel {
    if (wanted === undefined) return this.default;
    const found = namedModel(this.all, wanted);
    if (found) return found;
    const ids = this.all.map(({ id }) => id).join(', ');
    throw new UndertoneError('unknown_model', `Expected model to be one of ${ids}; got "${wanted}".`);
  }
}
