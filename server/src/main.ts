#!/usr/bin/env -S node --initial-old-space-size=256
/**
 * The executable: flags and environment in, one line with the address on standard output, signals to shut down. Node's flag
 * above lets the heap grow before V8 looks through all of it; without, that takes a fifth of the CPU under load.
 */
import { UndertoneError } from '@undertone/core';
import { createServer, type UndertoneServer } from './app.ts';
import { runWorkerCommand } from './archive/worker-command.ts';
import { runKeysCommand } from './auth/keys-command.ts';
import { startProblems } from './check-start.ts';
import { printableConfig } from './config/print-config.ts';
import { helpText } from './config/reference.ts';
import { type CommandLine, parseCommandLine } from './config/resolve-config.ts';
import { createLogger } from './observability/logger.ts';
import { serverVersion } from './version.ts';

async function main(): Promise<void> {
  const [command, ...rest] = process.argv.slice(2);
  if (command === 'keys') return runKeysCommand(rest, print);
  if (command === 'worker') return runWorkerCommand(rest, print, fail);
  const read = (): CommandLine => parseCommandLine(process.argv.slice(2), process.env);
  const commandLine = read();
  const { config, help, version, printConfig, checkConfig, warnings } = commandLine;
  if (help) return print(helpText().trimEnd());
  if (version) return print(serverVersion);
  if (checkConfig) return check(commandLine);
  if (printConfig) return print(printableConfig(config));
  const log = createLogger(config.logLevel);
  for (const warning of warnings) log.warn(warning);
  let running: UndertoneServer | null = null;
  // Before it is ready there is nothing to reload, and nothing to die of.
  process.on('SIGHUP', () => void running?.reload(() => read().config));
  const server = await createServer(config);
  running = server;
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
  const listening = `listening on ${server.url}`;
  // Where results are on standard output, nothing else is.
  if (config.sinkStdout) process.stderr.write(`${listening}\n`);
  else print(listening);
}

/** Says all that is wrong; ends with 2 when there is anything. */
async function check({ config, problems, warnings }: CommandLine): Promise<void> {
  const found = [...problems, ...(await startProblems(config))];
  for (const line of [...found, ...warnings.map((warning) => `warning: ${warning}`)])
    process.stderr.write(`${line}\n`);
  if (found.length > 0) process.exitCode = 2;
  else print('Nothing keeps the server from starting.');
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
