/** The model that tests run: the shipped one, or the one that UNDERTONE_TEST_MODEL names. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export function testModelFolder(): string {
  const shipped = fileURLToPath(new URL('../../models/default', import.meta.url));
  if (existsSync(`${shipped}/manifest.json`)) return shipped;
  const named = process.env.UNDERTONE_TEST_MODEL;
  if (named) return named;
  throw new Error(`Expected a model in ${shipped}, or UNDERTONE_TEST_MODEL to name a model folder.`);
}
