/** The configuration file: the settings by their names, in YAML or JSON. */
import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import type { Problems } from './problems.ts';

/**
 * @param source what named the file, such as `--config`
 * @returns its keys and values, unchecked; nothing when it cannot be read, which is added to `problems`
 */
export function readConfigFile(
  source: string,
  path: string,
  problems: Problems,
): Readonly<Record<string, unknown>> {
  const content = readText(source, path, problems);
  if (content === undefined) return {};
  const document = parseDocument(content, { uniqueKeys: true, prettyErrors: true, logLevel: 'error' });
  for (const { message } of document.errors) {
    // Only the first line: the rest quotes the file, which may hold secrets.
    problems.add(`Expected ${path} to be YAML or JSON; ${message.split('\n')[0]}`);
  }
  if (document.errors.length > 0) return {};
  const value: unknown = toValue(document, path, problems);
  if (value === null || value === undefined) return {};
  if (typeof value !== 'object' || Array.isArray(value)) {
    problems.add(`Expected ${path} to hold settings by name, such as "port: 8080"; got something else.`);
    return {};
  }
  return value as Record<string, unknown>;
}

/** The text of a file; undefined when it cannot be read, which is added to `problems`. */
export function readText(source: string, path: string, problems: Problems): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
    problems.add(`Expected ${source} to name a readable file; ${path}: ${reason}.`);
    return undefined;
  }
}

function toValue(document: ReturnType<typeof parseDocument>, path: string, problems: Problems): unknown {
  try {
    // Few aliases: a file of a few lines must not become gigabytes.
    return document.toJS({ maxAliasCount: 10 });
  } catch {
    problems.add(`Expected ${path} to be plain YAML; it has aliases that cannot be resolved.`);
    return undefined;
  }
}
