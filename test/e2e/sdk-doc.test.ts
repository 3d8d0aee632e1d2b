/** What `docs/sdk.md` says is what there is. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Recognizer } from '@undertone/client-sdk';
import { errorSpecs } from '@undertone/core';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const page = read('docs/sdk.md');

/** Names in the first cells of all tables whose header begins with `header`. */
function firstCells(header: string): string[] {
  const tables = page.split(/\n\n/).filter((block) => block.startsWith(`| ${header} `));
  expect(tables.length).toBeGreaterThan(0);
  const rows = tables.flatMap((table) => table.trim().split('\n').slice(2));
  return rows.flatMap((row) => [...row.split('|')[1]!.matchAll(/`(\w+)[`(]/g)].map((match) => match[1]!));
}

/** Fields of an interface, as its source has them. */
function fields(file: string, name: string): string[] {
  const body = new RegExp(`interface ${name} [^{]*{\\n([\\s\\S]+?)\\n}`).exec(read(file))![1]!;
  return [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].map((match) => match[1]!);
}

describe('docs/sdk.md', () => {
  it('lists every option there is, and no other', () => {
    const sources = [
      fields('client-sdk/src/client/emotion-source.ts', 'EmotionSourceOptions'),
      fields('client-sdk/src/client/recognizer-options.ts', 'RecognizerOptions'),
      fields('client-sdk/src/transport/socket.ts', 'SocketOptions'),
      fields('client-sdk/src/client/reconnect-options.ts', 'ReconnectOptions'),
    ].flat();
    expect(sources.length).toBeGreaterThan(30);
    expect(firstCells('option').toSorted()).toEqual(sources.toSorted());
  });

  it('lists every event', () => {
    const events = fields('client-sdk/src/client/emotion-source.ts', 'EmotionEvents');
    expect(firstCells('event').toSorted()).toEqual(events.toSorted());
  });

  it('lists every member', () => {
    const { constructor: _, ...members } = Object.getOwnPropertyDescriptors(Recognizer.prototype);
    expect(firstCells('member').toSorted()).toEqual(Object.keys(members).toSorted());
  });

  it('lists errors that exist', () => {
    for (const code of firstCells('code')) expect(Object.keys(errorSpecs)).toContain(code);
  });

  it('has examples that compile', async () => {
    const examples = [...`${page}\n${read('client-sdk/README.md')}`.matchAll(/```ts\n([\s\S]+?)```/g)];
    expect(examples.length).toBeGreaterThan(3);
    const folder = mkdtempSync(join(root, 'test', 'e2e', '.sdk-doc-'));
    try {
      for (const [i, [, code]] of examples.entries()) {
        writeFileSync(join(folder, `example-${i}.ts`), `${code}\nexport {};\n`);
      }
      const include = ['*.ts'];
      writeFileSync(
        join(folder, 'tsconfig.json'),
        JSON.stringify({ extends: '../../../tsconfig.test.json', include, exclude: [] }),
      );
      const tsc = join(root, 'node_modules', '.bin', 'tsc');
      await promisify(execFile)(tsc, ['-p', folder]).catch((error: { stdout: string }) => {
        throw new Error(error.stdout);
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
