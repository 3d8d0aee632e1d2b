/** Opens all that a server with this configuration would open, and says everything that would keep it from starting. */
import { accessSync, constants } from 'node:fs';
import { createAccess } from './auth/create-access.ts';
import { configFields, configNames, type ServerConfig } from './config/fields.ts';
import { ConsoleFiles } from './console/console-files.ts';
import { RecognitionPool } from './inference/recognition-pool.ts';
import { resolveRollOut } from './inference/roll-out.ts';
import { modelId, readModels } from './inference/served-models.ts';
import { parseCheckpointKeys } from './session/checkpoint-seal.ts';
import { TlsFiles } from './transport/tls/tls-files.ts';

/** @returns a sentence for each problem; none when the server can start */
export async function startProblems(config: ServerConfig): Promise<readonly string[]> {
  const files = unreadableFiles(config);
  const others = [
    () => parseCheckpointKeys(config.checkpointKey),
    () => ConsoleFiles.open(config.console),
    () => createAccess(config).close(),
    () => TlsFiles.open(config)?.close(),
  ].flatMap(problemOf);
  // Who cannot read a file says so once more, in other words.
  const more = others.filter((problem) => !files.some(({ path }) => problem.includes(path)));
  return [...files.map(({ problem }) => problem), ...more, ...(await modelProblems(config))];
}

function problemOf(open: () => unknown): string[] {
  try {
    open();
    return [];
  } catch (cause) {
    return [(cause as Error).message];
  }
}

function unreadableFiles(config: ServerConfig): { readonly path: string; readonly problem: string }[] {
  return configNames.flatMap((name) => {
    const path = config[name];
    if (!configFields[name].isFile || typeof path !== 'string' || path === '') return [];
    try {
      accessSync(path, constants.R_OK);
      return [];
    } catch (cause) {
      const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
      return [{ path, problem: `Expected ${name} to name a readable file; ${path}: ${reason}.` }];
    }
  });
}

/** Of all settings that name files. */
export function fileProblems(config: ServerConfig): readonly string[] {
  return unreadableFiles(config).map(({ problem }) => problem);
}

/** Each folder by itself, so that each problem is found; then, if there is none, all together. */
export async function modelProblems(config: ServerConfig): Promise<readonly string[]> {
  const folders = config.model;
  const problems: string[] = [];
  for (const folder of new Set(folders)) problems.push(...(await problemsOf([folder], config)));
  if (problems.length > 0) return problems;
  const together = folders.length === 1 ? [] : await problemsOf(folders, config);
  return together.length > 0 ? together : rollOutProblems(config);
}

async function rollOutProblems(config: ServerConfig): Promise<readonly string[]> {
  const models = await readModels(config.model);
  const named = models.map(({ manifest }) => ({ id: modelId(manifest), manifest }));
  return problemOf(() => resolveRollOut(named, config));
}

async function problemsOf(folders: readonly string[], config: ServerConfig): Promise<readonly string[]> {
  try {
    const pool = await RecognitionPool.open({ ...config, models: await readModels(folders), workers: 1 });
    await pool.close();
    return [];
  } catch (cause) {
    return [`${folders.join(', ')}: ${(cause as Error).message}`];
  }
}
