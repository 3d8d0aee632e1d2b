/** Runs a trial in a process of its own, so that trials use a core each and one that crashes takes nobody with it. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { UndertoneError } from '@undertone/core';
import type { TrialResult } from './study.ts';
import type { TrialStep } from './trial.ts';
import type { TrialMessage, TrialPlan } from './trial-messages.ts';

/** Beside this file: TypeScript where this is TypeScript. */
const worker = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? './trial-worker.ts' : './trial-worker.js', import.meta.url),
);
/** Of what a process wrote to stderr, so much is kept to say why it died. */
const errorTail = 400;

/** @throws UndertoneError `aborted` when the signal ended it, `internal` when it failed or died, with its last words */
export function runTrialProcess(
  plan: TrialPlan,
  report: (step: TrialStep) => void,
  signal: AbortSignal,
): Promise<TrialResult> {
  return new Promise((resolve, reject) => {
    const child = fork(worker, [], { serialization: 'advanced', stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    let result: TrialResult | null = null;
    let failure: string | null = null;
    let words = '';
    const kill = (): void => void child.kill('SIGKILL');
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      words = (words + text).slice(-errorTail);
    });
    child.on('message', (message: TrialMessage) => {
      if (message.kind === 'step') report({ step: message.step, value: message.value });
      else if (message.kind === 'done') result = { value: message.value, parts: message.parts };
      else failure = message.message;
    });
    child.once('error', (cause) => {
      failure ??= cause.message;
      // Without a process there is no end of it either.
      if (child.pid === undefined) reject(failed(failure, cause));
    });
    child.once('close', (code, by) => {
      signal.removeEventListener('abort', kill);
      if (signal.aborted) reject(new UndertoneError('aborted', 'The trial was stopped.'));
      else if (result) resolve(result);
      else reject(failed(failure ?? `its process ended with ${by ?? `code ${code}`}. ${words}`.trim()));
    });
    signal.addEventListener('abort', kill, { once: true });
    if (signal.aborted) kill();
    else send(child, plan);
  });
}

function send(child: ChildProcess, plan: TrialPlan): void {
  // A process that is gone already says so by its end.
  child.send(plan, () => {});
}

function failed(message: string, cause?: unknown): UndertoneError {
  return new UndertoneError('internal', message, { cause });
}
