/** What `docs/operations.md` says of errors is what the one list of errors says. */
import { readFileSync } from 'node:fs';
import { errorSpecs } from '@undertone/core';
import { expect, test } from 'vitest';

const page = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');

/** Cells of the rows below the header that begins with `| code |`. */
function errorRows(): string[][] {
  const lines = page.split('\n');
  const at = lines.findIndex((line) => /^\| code +\| close/.test(line));
  const end = lines.findIndex((line, i) => i > at && !line.startsWith('|'));
  return lines.slice(at + 2, end).map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}

test('operators find every error code, what it means, and what to do', () => {
  const expected = Object.entries(errorSpecs).map(([code, { closeCode, httpStatus, meaning }]) => [
    `\`${code}\``,
    String(closeCode),
    String(httpStatus),
    meaning,
    expect.stringMatching(/\S.*\.$/),
  ]);
  expect(errorRows()).toEqual(expected);
});
