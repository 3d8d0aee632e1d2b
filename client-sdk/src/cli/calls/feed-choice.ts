/** Flags and variables that say where the events of calls are; the settings of a server have the same names. */
import { readFile } from 'node:fs/promises';
import { UndertoneError } from '@undertone/core';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { FeedConnection } from '../../feed/node/feed-options.ts';

export interface FeedChoice {
  readonly natsUrl?: string;
  readonly natsStream?: string;
  readonly natsCredsFile?: string;
  readonly natsTokenFile?: string;
  readonly natsTlsCaFile?: string;
  readonly tenant?: string;
}

export function addFeedOptions(command: Command): Command {
  const add = (flags: string, meaning: string, variable: string): Command =>
    command.addOption(new Option(flags, meaning).env(variable));
  add('--nats-url <urls>', 'servers of NATS, such as nats://127.0.0.1:4222', 'UNDERTONE_NATS_URL');
  add(
    '--nats-stream <name>',
    'stream of JetStream (default: the one that keeps them)',
    'UNDERTONE_NATS_STREAM',
  );
  add('--nats-creds-file <file>', 'credentials of a NATS user', 'UNDERTONE_NATS_CREDS_FILE');
  add(
    '--nats-token-file <file>',
    'file with the token for NATS, else UNDERTONE_NATS_TOKEN',
    'UNDERTONE_NATS_TOKEN_FILE',
  );
  add(
    '--nats-tls-ca-file <file>',
    'certificates of the authority that signs that of NATS',
    'UNDERTONE_NATS_TLS_CA_FILE',
  );
  add('--tenant <name>', 'whose calls (default: default)', 'UNDERTONE_TENANT');
  return command;
}

/** @throws UndertoneError `file_not_found` */
export async function feedConnection(choice: FeedChoice): Promise<FeedConnection> {
  const { natsUrl = '', natsStream, natsCredsFile, natsTokenFile, natsTlsCaFile, tenant } = choice;
  // Not a flag: command lines are seen by every user of a machine.
  const token = natsTokenFile ? await readToken(natsTokenFile) : process.env.UNDERTONE_NATS_TOKEN;
  return {
    natsUrl: natsUrl.split(',').flatMap((url) => url.trim() || []),
    ...(natsStream ? { natsStream } : {}),
    ...(natsCredsFile ? { natsCredsFile } : {}),
    ...(token ? { natsToken: token } : {}),
    ...(natsTlsCaFile ? { natsTlsCaFile } : {}),
    ...(tenant ? { tenant } : {}),
  };
}

async function readToken(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (cause) {
    throw new UndertoneError('file_not_found', `Expected to read ${path}; ${(cause as Error).message}.`, {
      cause,
    });
  }
}

const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `90s`, `15m`, `1h`, `2d`, or a date of ISO 8601. */
export function toSince(text: string): Date {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const ms =
    count && unit ? Date.now() - Number(count) * unitMs[unit]! : Date.parse(/^\d{4}-/.test(text) ? text : '');
  if (Number.isFinite(ms) && Math.abs(ms) < 8.64e15) return new Date(ms);
  throw new InvalidArgumentError('Expected a time such as 15m, 1h, 2d or 2026-01-31T12:00:00Z.');
}
