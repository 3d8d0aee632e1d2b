/** CSV with a header line (RFC 4180), checked for the columns that the caller needs. */
import { UndertoneError } from '@undertone/core';
import { parse } from 'csv-parse/sync';

/**
 * Rows as objects keyed by column name.
 * @throws UndertoneError `bad_corpus` naming the file, for malformed CSV or a missing column
 */
export function readCsv(text: string, path: string, required: readonly string[]): Record<string, string>[] {
  let rows: string[][];
  try {
    rows = parse(text, { bom: true, skip_empty_lines: true, trim: true });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UndertoneError('bad_corpus', `${path} is not CSV as RFC 4180 has it: ${reason}`, { cause });
  }
  const [header = [], ...body] = rows;
  for (const column of required) {
    if (!header.includes(column)) {
      throw new UndertoneError(
        'bad_corpus',
        `${path}: expected a column "${column}", found ${header.join(', ') || 'nothing'}.`,
      );
    }
  }
  return body.map((row) => Object.fromEntries(header.map((column, i) => [column, row[i] ?? ''])));
}
