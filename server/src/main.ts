#!/usr/bin/env node
/** The executable: flags and environment in, one line with the address on standard output, signals to shut down. */
import { UndertoneError } from '@undertone/core';
import { createServer } from './app.ts';
import { printableConfig } from './config/print-config.ts';
import { helpText } from './config/reference.ts';
import { parseCommandLine } from './config/resolve-config.ts';
import { serverVersion } from './version.ts';

async function main(): Promise<void> {
  const { config, help, version, printConfig } = parseCommandLine(process.argv.slice(2), process.env);
  if (help) return print(helpText().trimEnd());
  if (version) return print(serverVersion);
  if (printConfig) return print(printableConfig(config));
  const server = await createServer(config);
  let signals = 0;
  const stop = (): void => {
    // Asked twice, it stops without waiting for anybody.
    if (++signals > 1) process.exit(1);
    server.close().then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  print(`listening on ${server.url}`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function fail(error: unknown): void {
  const known = error instanceof UndertoneError;
  process.stderr.write(`${known ? `${error.code}: ${error.message}` : (error as Error).stack}\n`);
  process.exit(known && error.code === 'bad_config' ? 2 : 1);
}

main().catch(fail);
