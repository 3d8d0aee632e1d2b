/** What `docs/capture.md` says is what there is. */
import { readFileSync } from 'node:fs';
import { type ErrorCode, errorSpecs } from '@undertone/core';
import { describe, expect, it } from 'vitest';
import * as browser from '../browser/index.ts';

const page = readFileSync(new URL('../../../docs/capture.md', import.meta.url), 'utf8');

/** First cells of the table whose header begins with `header`. */
function firstCells(header: string): string[] {
  const lines = page.split('\n');
  const at = lines.findIndex((line) => line.startsWith(`| ${header} `));
  const end = lines.findIndex((line, i) => i > at && !line.startsWith('|'));
  return lines.slice(at + 2, end).map((line) => line.split('|')[1]!.trim());
}

describe('docs/capture.md', () => {
  it('lists the functions of the browser entry', () => {
    const named = firstCells('function').map((cell) => /^`(\w+)\(/.exec(cell)![1]!);
    expect(named.toSorted()).toEqual(Object.keys(browser).toSorted());
  });

  it('lists errors that exist, all those of microphones among them', () => {
    const listed = firstCells('code').map((cell) => cell.replaceAll('`', ''));
    for (const code of listed) expect(errorSpecs[code as ErrorCode], code).toBeDefined();
    const own = Object.keys(errorSpecs).filter((code) => /^(microphone|audio_context)_/.test(code));
    expect(listed).toEqual(expect.arrayContaining(own));
  });
});
