/** `undertone-server keys create`: makes an API key, prints it once, and writes its hash. */
import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { UndertoneError } from '@undertone/core';
import { hashApiKey, newApiKey } from './api-key.ts';
import { expiresProblem, formatKeyFile, idProblem, type KeyEntry, parseKeyFile } from './key-file.ts';
import { LimitsError, readLimits } from './limits.ts';

const keysHelp = `Usage: undertone-server keys create --id NAME [options]

Makes an API key and prints it, once: the server keeps only its hash.

Options:
  --id NAME            name of the caller, 1 to 64 of letters, digits and _ . @ -
  --file FILE          adds the key to this file (made if it does not exist), for --keys-file; a running server takes it
                       within seconds. Without it the entry is printed, to be put into the file.
  --models LIST        models it may use, comma list of name or name@version (default: all)
  --roles LIST         roles it may have analysed, comma list of customer, agent, unknown (default: all the server allows)
  --max-sessions N     streams it may have open at a time (default: no limit of its own)
  --operator           may watch the streams of all callers (default: no)
  --expires TIME       such as 2030-01-31T12:00:00Z (default: never)
  --help               print this and exit
`;

/**
 * @param args the command line behind `keys`
 * @param print one line or several to standard output
 * @throws UndertoneError `bad_config`, `file_not_found`
 */
export function runKeysCommand(args: readonly string[], print: (text: string) => void): void {
  const { values, positionals } = parseKeysArgs(args);
  if (values.help) {
    print(keysHelp.trimEnd());
    return;
  }
  if (positionals.length !== 1 || positionals[0] !== 'create')
    throw new UndertoneError('bad_config', 'Expected keys create; see undertone-server keys --help.');
  const key = newApiKey();
  const entry = newEntry(values, hashApiKey(key));
  if (values.file === undefined) {
    print(`key: ${key}\nentry for the file of keys:\n${JSON.stringify(entry)}`);
    return;
  }
  addToFile(values.file, entry);
  print(`key: ${key}\nadded ${entry.id} to ${values.file}`);
}

function parseKeysArgs(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        id: { type: 'string' },
        file: { type: 'string' },
        models: { type: 'string' },
        roles: { type: 'string' },
        'max-sessions': { type: 'string' },
        operator: { type: 'boolean' },
        expires: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (cause) {
    throw new UndertoneError('bad_config', `${(cause as Error).message} See undertone-server keys --help.`, {
      cause,
    });
  }
}

interface KeyOptions {
  readonly id?: string | undefined;
  readonly models?: string | undefined;
  readonly roles?: string | undefined;
  readonly 'max-sessions'?: string | undefined;
  readonly operator?: boolean | undefined;
  readonly expires?: string | undefined;
}

function newEntry(options: KeyOptions, sha256: string): KeyEntry {
  const { id, expires } = options;
  const problem = idProblem(id) ?? (expires === undefined ? null : expiresProblem(expires));
  if (problem !== null) throw new UndertoneError('bad_config', `Expected --${problem}.`);
  const list = (text: string | undefined): string[] | undefined =>
    text?.split(',').map((item) => item.trim());
  const count = options['max-sessions'];
  const fields = {
    models: list(options.models),
    roles: list(options.roles),
    'max-sessions': count === undefined ? undefined : Number(count),
    operator: options.operator,
  };
  try {
    const limits = readLimits(fields, 'max-sessions');
    return { id: id as string, sha256, ...limits, ...(expires === undefined ? {} : { expires }) };
  } catch (error) {
    if (error instanceof LimitsError)
      throw new UndertoneError('bad_config', `Expected --${error.message}.`, { cause: error });
    throw error;
  }
}

/** Written beside and renamed, so that a server that looks meanwhile sees the old file or the new one. */
function addToFile(file: string, entry: KeyEntry): void {
  const keys = existsSync(file) ? parseKeyFile(readFileSync(file, 'utf8'), file) : [];
  if (keys.some(({ id }) => id === entry.id))
    throw new UndertoneError('bad_config', `Expected an id that ${file} does not have yet; got ${entry.id}.`);
  const beside = `${file}.${process.pid}.new`;
  try {
    writeFileSync(beside, formatKeyFile([...keys, entry]), { mode: 0o600 });
    chmodSync(beside, 0o600);
    renameSync(beside, file);
  } catch (cause) {
    throw new UndertoneError('file_not_found', `Expected to write ${file}; ${(cause as Error).message}.`, {
      cause,
    });
  }
}
