import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { fileError, writeResult } from './write-result.ts';

const root = mkdtempSync(join(tmpdir(), 'undertone-result-'));
afterAll(() => rmSync(root, { recursive: true }));

describe('writeResult', () => {
  it('makes the folders on the way', async () => {
    const path = join(root, 'a', 'b', 'page.html');
    await writeResult(path, 'hello');
    expect(readFileSync(path, 'utf8')).toBe('hello');
  });

  it('says of what file it is and why it cannot be written, and leaves nothing behind', async () => {
    writeFileSync(join(root, 'file'), '');
    mkdirSync(join(root, 'folder'));
    const inFile = join(root, 'file', 'page.html');
    await expect(writeResult(inFile, '')).rejects.toMatchObject({
      code: 'bad_config',
      message: expect.stringMatching(/file\/page\.html: a file is in the place of a folder/),
    });
    const overFolder = join(root, 'folder');
    await expect(writeResult(overFolder, '')).rejects.toMatchObject({
      code: 'bad_config',
      message: expect.stringMatching(/folder: a folder is in its place/),
    });
    expect(readdirSync(root).sort()).toEqual(['a', 'file', 'folder']);
  });
});

describe('fileError', () => {
  it('is nothing for what is no refusal of the operating system', () => {
    expect(fileError(new Error('broken'))).toBeNull();
    expect(fileError('broken')).toBeNull();
  });

  it('names the file that was meant, not the one that was to be renamed', () => {
    const error = Object.assign(new Error('open'), { code: 'EACCES', path: '/models/new/step.onnx.123.tmp' });
    expect(fileError(error)?.message).toBe('Cannot use /models/new/step.onnx: it is not allowed (EACCES).');
  });
});
