/** `undertone archive` and its help. */
import type { Command } from 'commander';
import { addFeedOptions } from '../calls/feed-choice.ts';
import { type EnqueueOptions, enqueue } from './enqueue.ts';
import { type StatusOptions, status } from './status.ts';

const enqueueHelp = `
Workers (undertone-server worker) analyse what is in the queue. Of a folder all .wav files below it are enqueued. What
is in the queue already, or has its results, is not enqueued again: the job's id follows from the tenant, the path
below the root, the content and the parameters.

With --json a line for each file, {"type":"Job","file":...,"id":...,"session":...,"state":"queued"}, where session is that of
its results and state is queued, waiting (it was there) or done; the last line counts them. Exit code: 0 when all are
in the queue or done, else 1.

Examples:
  undertone archive enqueue /srv/recordings --nats-url nats://127.0.0.1:4222
  undertone archive enqueue --root /srv/recordings /srv/recordings/2026/*.wav --param channel_roles=customer,agent
  undertone archive enqueue --list addresses.txt`;

const statusHelp = `
Counts of recordings: waiting; running (a worker has it, or it is to be tried again); done; dead (given up, for a reason
that --dead shows). What was given up may be enqueued again.

Examples:
  undertone archive status --watch
  undertone archive status --dead --json | jq .reason`;

export function addArchiveCommand(program: Command): void {
  const archive = program.command('archive').description('analyse recordings with workers');
  addFeedOptions(archive.command('enqueue'))
    .description('put recordings into the queue')
    .argument('[file...]', 'folders, WAV files or addresses (https://)')
    .option(
      '--root <folder>',
      'what workers have as --archive-root (default: the folder given, or the working directory)',
    )
    .option('--list <file>', 'files and addresses, one a line')
    .option(
      '--param <name=value>',
      'parameter of POST /v1/analyze, such as channel_roles=customer,agent; may be repeated',
      (value: string, before: readonly string[] = []) => [...before, value],
    )
    .option('--json', 'one line of JSON for each file')
    .addHelpText('after', enqueueHelp)
    .action(async (files: string[], options: EnqueueOptions) => {
      if (!(await enqueue(files, options))) process.exitCode = 1;
    });
  addFeedOptions(archive.command('status'))
    .description('how far the workers are')
    .option('--watch', 'look again and again, until nothing is left')
    .option('--dead', 'list what was given up, and why')
    .option('--json', 'as JSON')
    .addHelpText('after', statusHelp)
    .action(async (options: StatusOptions) => {
      if (!(await status(options))) process.exitCode = 1;
    });
}
