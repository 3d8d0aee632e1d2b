import { readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const folder = (name: string): string =>
  fileURLToPath(new URL(`../../../../models/${name}/`, import.meta.url));

function manifestOf(name: string): {
  readonly name: string;
  readonly version: string;
  readonly files: Readonly<Record<string, { readonly path: string }>>;
  readonly training: Readonly<Record<string, unknown>>;
} {
  return JSON.parse(readFileSync(`${folder(name)}manifest.json`, 'utf8'));
}

function bytesOf(name: string): number {
  const files = Object.values(manifestOf(name).files);
  return files.reduce((sum, { path }) => sum + statSync(`${folder(name)}${path}`).size, 0);
}

describe('models that ship', () => {
  it('have the size that pages can load: at most 1 MB, at most 400 kB with weights of 8 bits', () => {
    expect(bytesOf('default')).toBeLessThanOrEqual(1_000_000);
    expect(bytesOf('int8')).toBeLessThanOrEqual(400_000);
  });

  it('are one model: the one with 8 bits was made of the other', () => {
    const { name, version } = manifestOf('default');
    expect(manifestOf('int8').training).toMatchObject({
      weights: 'int8',
      quantisedFrom: `${name}@${version}`,
    });
  });
});
