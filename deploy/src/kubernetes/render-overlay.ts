/** What an overlay comes out as: `kubectl kustomize`, which needs no cluster. */
import { spawnSync } from 'node:child_process';
import { UndertoneError } from '@undertone/core';
import { parseAllDocuments } from 'yaml';
import type { KubernetesObject } from './kubernetes-object.ts';

/**
 * @param folder with a `kustomization.yaml`
 * @throws UndertoneError `file_not_found` without kubectl, `bad_config` with what kubectl or the YAML says
 */
export function renderOverlay(folder: string): readonly KubernetesObject[] {
  const { stdout, stderr, status, error } = spawnSync('kubectl', ['kustomize', folder], { encoding: 'utf8' });
  if (error) {
    throw new UndertoneError(
      'file_not_found',
      'Expected kubectl (Debian: kubernetes-client); it is not here.',
      { cause: error },
    );
  }
  if (status !== 0) throw new UndertoneError('bad_config', `${folder}: ${stderr.trim()}`);
  return parseObjects(stdout);
}

/** @throws UndertoneError `bad_config` for what is no YAML */
export function parseObjects(text: string): readonly KubernetesObject[] {
  return parseAllDocuments(text).flatMap((document) => {
    const [error] = 'errors' in document ? document.errors : [];
    if (error) throw new UndertoneError('bad_config', `Expected YAML; ${error.message}`);
    const value: unknown = 'toJS' in document ? document.toJS() : null;
    return value === null ? [] : [value as KubernetesObject];
  });
}
