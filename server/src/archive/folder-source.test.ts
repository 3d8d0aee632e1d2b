import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FolderSource } from './folder-source.ts';

let folder: string;
let source: FolderSource;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'undertone-folder-'));
  await mkdir(join(folder, 'root', 'a b'), { recursive: true });
  await mkdir(join(folder, 'root-of-others'));
  await writeFile(join(folder, 'root', 'a b', 'call 100%.wav'), Buffer.alloc(200_000, 7));
  await writeFile(join(folder, 'secret.wav'), 'secret');
  await writeFile(join(folder, 'root-of-others', 'theirs.wav'), 'theirs');
  source = new FolderSource(join(folder, 'root'), 300_000);
});
afterEach(() => rm(folder, { recursive: true }));

async function read(address: string, signal = new AbortController().signal): Promise<number> {
  let bytes = 0;
  for await (const piece of source.read(address, signal)) bytes += piece.length;
  return bytes;
}

test('a file below the folder is read whole, whatever letters its name has', async () => {
  expect(await read('file:a%20b/call%20100%25.wav')).toBe(200_000);
});

test.each([
  'file:../secret.wav',
  'file:a%20b/../../secret.wav',
  'file:%2e%2e/secret.wav',
  'file:%2E%2E%2Fsecret.wav',
  'file:..%5Csecret.wav',
  'file:/etc/passwd',
  'file:///etc/passwd',
  'file:../root-of-others/theirs.wav',
  'file:a%00b',
])('%s does not lead out of it', async (address) => {
  await expect(read(address)).rejects.toMatchObject({ code: 'forbidden' });
});

test('links do not lead out of it: not of a file, nor of a folder, nor one behind another', async () => {
  const root = join(folder, 'root');
  await symlink('../secret.wav', join(root, 'link.wav'));
  await symlink(folder, join(root, 'up'));
  await symlink('link.wav', join(root, 'again.wav'));
  for (const name of ['link.wav', 'up/secret.wav', 'again.wav', 'up/root-of-others/theirs.wav'])
    await expect(read(`file:${name}`), name).rejects.toMatchObject({ code: 'forbidden' });
});

test('a link that stays below is followed, as is one to the folder itself', async () => {
  await symlink('a b', join(folder, 'root', 'inside'));
  expect(await read('file:inside/call%20100%25.wav')).toBe(200_000);
  await symlink(join(folder, 'root'), join(folder, 'linked'));
  source = new FolderSource(join(folder, 'linked'), 300_000);
  expect(await read('file:inside/call%20100%25.wav')).toBe(200_000);
});

test('what is no file is refused at once: a folder, a pipe that nobody writes to, a name that is not there', async () => {
  execFileSync('mkfifo', [join(folder, 'root', 'pipe.wav')]);
  for (const name of ['a%20b', 'pipe.wav', 'none.wav', 'a%20b/call%20100%25.wav/x', ''])
    await expect(read(`file:${name}`), name).rejects.toMatchObject({
      code: name === '' ? 'forbidden' : 'file_not_found',
    });
});

test('a file that is too large is refused before it is read, and one that takes too long while it is', async () => {
  source = new FolderSource(join(folder, 'root'), 199_999);
  await expect(read('file:a%20b/call%20100%25.wav')).rejects.toMatchObject({ code: 'message_too_large' });
  source = new FolderSource(join(folder, 'root'), 200_000);
  await expect(read('file:a%20b/call%20100%25.wav', AbortSignal.abort())).rejects.toMatchObject({
    code: 'connection_failed',
  });
});

test('without a folder no file is read', async () => {
  source = new FolderSource('', 1000);
  await expect(read('file:a')).rejects.toMatchObject({ code: 'forbidden' });
});
