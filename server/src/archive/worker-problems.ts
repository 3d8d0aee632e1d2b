/** What keeps a worker from starting, besides what keeps any server from it. */
import { accessSync, constants, statSync } from 'node:fs';
import type { ServerConfig } from '../config/fields.ts';

type Settings = Pick<ServerConfig, 'natsUrl' | 'natsStream' | 'archiveRoot' | 'archiveUrls'>;

/** @returns a sentence for each problem */
export function workerProblems({
  natsUrl,
  natsStream,
  archiveRoot,
  archiveUrls,
}: Settings): readonly string[] {
  const problems: string[] = [];
  if (natsUrl.length === 0) problems.push('Expected natsUrl, where jobs come from and results go; got none.');
  if (natsStream === '') problems.push('Expected natsStream, which keeps the results; got none.');
  if (archiveRoot === '' && archiveUrls.length === 0)
    problems.push('Expected archiveRoot or archiveUrls, where recordings may be read; got neither.');
  if (archiveRoot !== '') problems.push(...folderProblems(archiveRoot));
  for (const url of archiveUrls)
    if (!isStorageAddress(url))
      problems.push(
        `Expected each of archiveUrls to be https://HOST/PATH/ or http://, without user, password and query; got "${url.split('?')[0]!.slice(0, 100)}".`,
      );
  return problems;
}

function folderProblems(path: string): string[] {
  try {
    if (!statSync(path).isDirectory()) return [`Expected archiveRoot to be a folder; ${path} is none.`];
    accessSync(path, constants.R_OK | constants.X_OK);
    return [];
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
    return [`Expected archiveRoot to be a folder that can be read; ${path}: ${reason}.`];
  }
}

function isStorageAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, search, hash } = new URL(text);
  return /^https?:$/.test(protocol) && username + password + search + hash === '';
}
