/** Alert rules from a file, as the server reads them. */
import { readFile } from 'node:fs/promises';
import { type AlertRule, defaultAlertRules, parseAlertRules, UndertoneError } from '@undertone/core';
import { parseDocument } from 'yaml';

/**
 * @param path YAML or JSON; `default` means the rules that ship
 * @throws UndertoneError `file_not_found`, `bad_config` with the file and, where it is no YAML, the line
 */
export async function readRules(path: string): Promise<readonly AlertRule[]> {
  if (path === 'default') return defaultAlertRules;
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const message = `Expected a file of alert rules, or "default"; ${path}: ${(cause as Error).message}.`;
    throw new UndertoneError('file_not_found', message, { cause });
  }
  const document = parseDocument(text, { uniqueKeys: true, prettyErrors: true, logLevel: 'error' });
  const [error] = document.errors;
  if (error) {
    const line = error.linePos?.[0].line ?? 1;
    const message = error.message.split('\n')[0];
    throw new UndertoneError('bad_config', `${path}:${line}: Expected YAML or JSON; ${message}`);
  }
  try {
    // Few aliases: a file of a few lines must not become gigabytes.
    return parseAlertRules(document.toJS({ maxAliasCount: 10 }) as unknown);
  } catch (cause) {
    throw new UndertoneError('bad_config', `${path}: ${(cause as Error).message}`, { cause });
  }
}
