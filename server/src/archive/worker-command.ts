/** `undertone-server worker`: analyses recordings of a queue until it is told to stop. */
import { fileProblems, modelProblems } from '../check-start.ts';
import { printableConfig } from '../config/print-config.ts';
import { workerHelp } from '../config/reference.ts';
import { parseCommandLine } from '../config/resolve-config.ts';
import { serverVersion } from '../version.ts';
import { workerProblems } from './worker-problems.ts';

/**
 * @param args the command line behind `worker`
 * @param print a line to standard output
 * @param fail says an error and ends the process
 * @throws UndertoneError what keeps it from starting
 */
export async function runWorkerCommand(
  args: readonly string[],
  print: (line: string) => void,
  fail: (error: unknown) => void,
): Promise<void> {
  const { config, help, version, printConfig, checkConfig, problems, warnings } = parseCommandLine(
    args,
    process.env,
  );
  if (help) return print(workerHelp().trimEnd());
  if (version) return print(serverVersion);
  if (checkConfig) {
    const found = [
      ...problems,
      ...workerProblems(config),
      ...fileProblems(config),
      ...(await modelProblems(config)),
    ];
    for (const line of [...found, ...warnings.map((each) => `warning: ${each}`)])
      process.stderr.write(`${line}\n`);
    if (found.length > 0) process.exitCode = 2;
    else print('Nothing keeps the worker from starting.');
    return;
  }
  if (printConfig) return print(printableConfig(config));
  for (const warning of warnings) process.stderr.write(`warning: ${warning}\n`);
  // Its client takes memory that no other command should pay for.
  const { openWorker } = await import('./open-worker.ts');
  const worker = await openWorker(config);
  let signals = 0;
  const stop = (): void => {
    // Asked twice, it stops without waiting for anybody.
    if (++signals > 1) process.exit(1);
    worker.close().then(() => process.exit(0), fail);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  print(`working for tenant ${config.tenant}`);
}
