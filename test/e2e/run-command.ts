/** Runs executables from their source, as a user runs the built ones. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ServerMessage, SummaryMessage } from '@undertone/proto';

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCommand {
  readonly child: ChildProcess;
  readonly result: Promise<CommandResult>;
}

/** A message as `undertone analyze --json` prints it. */
export type PrintedMessage = ServerMessage & { file: string };

const root = fileURLToPath(new URL('../..', import.meta.url));
export const cliMain = 'client-sdk/src/cli/main.ts';
export const demoMain = 'demo/main.ts';

export function startCommand(
  main: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): RunningCommand {
  const command = ['--conditions=@undertone/source', '--import', 'tsx', main, ...args];
  const child = spawn(process.execPath, command, {
    cwd: root,
    // Neither set: what is written to a pipe has no colours.
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const result = new Promise<CommandResult>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
  return { child, result };
}

export function runCommand(
  main: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<CommandResult> {
  return startCommand(main, args, env).result;
}

export function printedMessages(stdout: string): PrintedMessage[] {
  const lines = stdout.trimEnd();
  return lines === '' ? [] : lines.split('\n').map((line) => JSON.parse(line) as PrintedMessage);
}

export function summaryOf(messages: readonly PrintedMessage[], file: string): SummaryMessage {
  const found = messages.filter((message) => message.type === 'Summary' && message.file === file);
  if (found.length !== 1) throw new Error(`Expected one Summary of ${file}; got ${found.length}.`);
  return found[0] as PrintedMessage & SummaryMessage;
}

/** Without what differs between two runs over the same audio. */
export function comparable(messages: readonly PrintedMessage[]): unknown[] {
  return messages.map((message) => {
    const { session_id, ...rest } = message as PrintedMessage & Record<string, unknown>;
    for (const name of ['id', 'latency_ms', 'limits']) delete rest[name];
    if (message.type === 'Begin') {
      // Only a server gives checkpoints, and asks why an agent is analysed.
      const { purpose: _, ...config } = message.config;
      return { ...rest, config: { ...config, checkpoints: false } };
    }
    return rest;
  });
}
