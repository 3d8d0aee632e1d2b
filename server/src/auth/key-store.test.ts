import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { UndertoneError } from '@undertone/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hashApiKey, newApiKey } from './api-key.ts';
import { formatKeyFile, type KeyEntry, parseKeyFile } from './key-file.ts';
import { KeyStore } from './key-store.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'undertone-keys-'));
  file = join(folder, 'keys.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

const entryOf = (id: string, key: string, more: Partial<KeyEntry> = {}): KeyEntry => ({
  id,
  sha256: hashApiKey(key),
  ...more,
});
const write = (...entries: KeyEntry[]): void => writeFileSync(file, formatKeyFile(entries));

describe('the keys of a file', () => {
  test('are found by the key itself, until they expire', () => {
    const [key, other] = [newApiKey(), newApiKey()];
    const expires = '2030-01-01T00:00:00Z';
    write(entryOf('a', key, { models: ['m'], maxSessions: 3, expires }), entryOf('b', other));
    const store = new KeyStore({ file });
    expect(store.findKey(key, 0)).toMatchObject({ id: 'a', models: ['m'], maxSessions: 3 });
    expect(store.findKey(other, 0)?.id).toBe('b');
    expect(store.findKey(key, Date.parse(expires))).toBeUndefined();
    expect(store.findId('a', Date.parse(expires))).toBeUndefined();
    for (const wrong of [newApiKey(), `${key}x`, key.slice(0, -1), hashApiKey(key), ''])
      expect(store.findKey(wrong, 0)).toBeUndefined();
    store.close();
  });

  test('a broken file leaves the keys as they were and says so; a mended one is taken', () => {
    const [old, fresh] = [newApiKey(), newApiKey()];
    const problems: (UndertoneError | null)[] = [];
    write(entryOf('old', old));
    const store = new KeyStore({ file, onReload: (_, problem) => problems.push(problem) });
    writeFileSync(file, '{"keys": [');
    store.reload();
    rmSync(file);
    store.reload();
    expect(problems.map((problem) => problem?.code)).toEqual(['bad_config', 'file_not_found']);
    expect(store.findKey(old, 0)?.id).toBe('old');
    write(entryOf('fresh', fresh));
    store.reload();
    expect(problems.at(-1)).toBe(null);
    expect(store.findKey(old, 0)).toBeUndefined();
    expect(store.findKey(fresh, 0)?.id).toBe('fresh');
    store.close();
  });

  test('a file that is replaced is read without being asked', async () => {
    const [old, fresh] = [newApiKey(), newApiKey()];
    write(entryOf('old', old));
    let reloaded = (): void => {};
    const done = new Promise<void>((resolve) => {
      reloaded = resolve;
    });
    const store = new KeyStore({ file, pollMs: 20, onReload: reloaded });
    writeFileSync(`${file}.new`, formatKeyFile([entryOf('fresh', fresh)]));
    renameSync(`${file}.new`, file);
    await done;
    expect(store.findKey(fresh, 0)?.id).toBe('fresh');
    store.close();
  });

  test('a file that is missing or broken at start is an error', () => {
    expect(() => new KeyStore({ file })).toThrowError(expect.objectContaining({ code: 'file_not_found' }));
    writeFileSync(file, '[]');
    expect(() => new KeyStore({ file })).toThrowError(expect.objectContaining({ code: 'bad_config' }));
  });
});

describe('the form of the file', () => {
  const sha256 = hashApiKey('x');

  test.each([
    ['', 'to be JSON'],
    ['{}', '{"keys": [...]}'],
    ['{"keys": [1]}', 'key 1 to be an object'],
    [JSON.stringify({ keys: [{ id: 'a b', sha256 }] }), 'letters, digits'],
    [JSON.stringify({ keys: [{ id: 'a', sha256: 'utk_secret' }] }), '64 hexadecimal digits'],
    [JSON.stringify({ keys: [{ id: 'a', sha256, model: ['m'] }] }), 'got model'],
    [JSON.stringify({ keys: [{ id: 'a', sha256, models: [] }] }), 'models to be'],
    [JSON.stringify({ keys: [{ id: 'a', sha256, roles: ['boss'] }] }), 'customer, agent, unknown'],
    [JSON.stringify({ keys: [{ id: 'a', sha256, maxSessions: 0 }] }), 'maxSessions'],
    [JSON.stringify({ keys: [{ id: 'a', sha256, expires: 'soon' }] }), 'expires'],
    [JSON.stringify({ keys: [{ id: 'a', sha256, expires: '2030-13-01T00:00:00Z' }] }), 'expires'],
    [
      JSON.stringify({
        keys: [
          { id: 'a', sha256 },
          { id: 'b', sha256 },
        ],
      }),
      'b repeats',
    ],
    [
      JSON.stringify({
        keys: [
          { id: 'a', sha256 },
          { id: 'a', sha256: hashApiKey('y') },
        ],
      }),
      'a repeats',
    ],
  ])('%s is refused', (text, expected) => {
    expect(() => parseKeyFile(text, 'keys.json')).toThrowError(
      expect.objectContaining({ code: 'bad_config', message: expect.stringContaining(expected) }),
    );
  });

  test('a key that somebody put where its hash belongs is not repeated by the message', () => {
    for (const text of ['{"keys": utk_secret', JSON.stringify({ keys: [{ id: 'a', sha256: 'utk_secret' }] })])
      expect(() => parseKeyFile(text, 'keys.json')).not.toThrowError(/utk_secret/);
  });
});
