import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseKeyFile } from './key-file.ts';
import { KeyStore } from './key-store.ts';
import { runKeysCommand } from './keys-command.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'undertone-keys-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function run(...args: string[]): string {
  const lines: string[] = [];
  runKeysCommand(args, (text) => lines.push(text));
  return lines.join('\n');
}

const keyIn = (output: string): string => /^key: (\S+)$/m.exec(output)![1]!;

test('a key that is made opens the file it was added to, and the file does not hold it', () => {
  const file = join(folder, 'keys.json');
  const first = keyIn(run('create', '--id', 'first', '--file', file));
  const limits = ['--models', 'm, n@1.0.0', '--roles', 'customer', '--max-sessions', '5'];
  const second = keyIn(
    run(
      'create',
      '--id',
      'second',
      '--file',
      file,
      ...limits,
      '--expires',
      '2030-01-01T00:00:00Z',
      '--operator',
    ),
  );
  const store = new KeyStore({ file });
  expect(store.findKey(first, 0)).toEqual({ id: 'first', sha256: expect.any(String) });
  expect(store.findKey(second, 0)).toMatchObject({
    id: 'second',
    models: ['m', 'n@1.0.0'],
    roles: ['customer'],
    maxSessions: 5,
    operator: true,
  });
  store.close();
  expect(readFileSync(file, 'utf8')).not.toContain(first);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('without a file the entry is printed as the file wants it', () => {
  const entry = run('create', '--id', 'x').split('\n').at(-1)!;
  expect(parseKeyFile(`{"keys": [${entry}]}`, 'keys.json')).toMatchObject([{ id: 'x' }]);
});

test.each([
  [['create'], 'id'],
  [['create', '--id', 'a b'], 'id'],
  [['make', '--id', 'a'], 'keys create'],
  [['create', '--id', 'a', '--max-sessions', 'x'], '--max-sessions'],
  [['create', '--id', 'a', '--roles', 'boss'], '--roles'],
  [['create', '--id', 'a', '--expires', 'soon'], '--expires'],
  [['create', '--id', 'a', '--nope'], '--nope'],
])('%j is refused', (args, expected) => {
  expect(() => run(...args)).toThrowError(
    expect.objectContaining({ code: 'bad_config', message: expect.stringContaining(expected) }),
  );
});

test('an id is given once', () => {
  const file = join(folder, 'keys.json');
  run('create', '--id', 'a', '--file', file);
  expect(() => run('create', '--id', 'a', '--file', file)).toThrowError(/does not have yet/);
});
