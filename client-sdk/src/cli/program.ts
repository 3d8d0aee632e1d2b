/** Commands, options and help of `undertone`. */
import { readFileSync } from 'node:fs';
import type { Role } from '@undertone/proto';
import { purposes, roles } from '@undertone/proto';
import { Command, InvalidArgumentError, Option } from 'commander';
import { asUndertoneError } from '../client/as-undertone-error.ts';
import { type AdaptCommandOptions, adaptCommand } from './adapt.ts';
import { addAlertsCommand } from './alerts/alerts-command.ts';
import { type AnalyzeOptions, analyze } from './analyze.ts';
import { addArchiveCommand } from './archive/archive-command.ts';
import { assets } from './assets.ts';
import { addCallsCommand } from './calls/calls-command.ts';
import { type ListenOptions, listen } from './listen.ts';

const intro = `Hears how something is said: emotion and sentiment of speech, per segment and per channel.

Without --server the recogniser runs in this process; with it, audio goes to an Undertone server, with the API key or token of the variable UNDERTONE_API_KEY where the server asks for one.

Results are what a voice expresses, as a model hears it. They are not what a person feels.`;

const mainHelp = `
Examples:
  undertone analyze call.wav
  undertone listen
  undertone calls --nats-url nats://127.0.0.1:4222
  undertone alerts replay rules.yaml results.jsonl
  undertone archive enqueue /srv/recordings --nats-url nats://127.0.0.1:4222

undertone analyze --help tells about files, results and exit codes.`;

const analyzeHelp = `
A server analyses the agent of a call only when it was started with --allow-role agent, and a --purpose is
given: else choose --analyze customer. One that asks for credentials (UNDERTONE_API_KEY) wants to know who
speaks in a file of one channel: --channels customer.

Files: WAV of any rate (1 to 384 kHz); 8, 16, 24 or 32 bits, float, mu-law or A-law. More than two channels
       are mixed to one. Everything else is refused with a line for ffmpeg that converts it.

With --json, standard output holds one protocol message per line, with the field "file" added. The last one of
each file is its Summary: per channel the label (null when unsure), the scores of all classes, dimensions,
seconds of speech, and how the mood and the talk went (docs/sentiment.md). A file that cannot be analysed gives {"type":"Error","code":...,"message":...,"file":...};
the other files are still analysed.

Exit code: 0 when all files were analysed, else 1.

Examples:
  undertone analyze call.wav
  undertone analyze --json *.wav | jq 'select(.type == "Summary")'
  undertone analyze --server ws://127.0.0.1:8080 --analyze customer --realtime call.wav`;

const adaptHelp = `
CLIPS.csv has the columns path (WAV files, relative to it) and label. Two clips or more of each of two labels or more, one
utterance each, all of one voice; about five of each label are worth the effort. Clips that are left out, each in turn,
tell whether it is better; where it is not, what is written changes nothing. The file fits one model, and is as personal
as the recordings: keep it where they would be kept.

Example:
  undertone adapt clips.csv --out voice.bin
  undertone analyze --adaptation voice.bin call.wav`;

const listenHelp = `
Records with rec (SoX), or ffmpeg where there is no rec. --device is what they call the microphone: AUDIODEV
of rec, the input of ffmpeg (alsa on Linux, avfoundation on macOS, dshow on Windows).
Ctrl-C ends with a summary and the exit code 0; an error of the recorder or the server gives 1.
A server that asks for credentials (UNDERTONE_API_KEY) wants to know who speaks: --role customer.
Tell the people who are heard that their voice is analysed.

Examples:
  undertone listen
  undertone listen --server wss://undertone.example.com --role customer --json`;

export function buildProgram(): Command {
  const program = new Command('undertone').description(intro).version(version());
  program.addHelpText('after', mainHelp);
  program.showHelpAfterError('(--help tells more)');
  // Options of a command are not those of the commands below it.
  program.enablePositionalOptions();
  addSourceOptions(program.command('analyze'))
    .description('recognise emotion in audio files')
    .argument('<file...>', 'WAV files')
    .option(
      '--channels <roles>',
      'who speaks on each channel: customer, agent, unknown; separated by commas',
      toRoles,
    )
    .option('--analyze <roles>', 'roles to recognise (default: all channels of the file)', toRoles)
    .addOption(new Option('--purpose <purpose>', 'why a server may analyse an agent').choices(purposes))
    .option('--packet-ms <ms>', 'audio in each packet, 1 to 10000', toPacketMs, 100)
    .option('--realtime', 'at the speed of speech, as a live call comes in')
    .addHelpText('after', analyzeHelp)
    .action(async (files: string[], options: AnalyzeOptions) => {
      if (!(await analyze(files, options))) process.exitCode = 1;
    });
  addSourceOptions(program.command('listen'))
    .description('recognise emotion from the microphone, live')
    .addOption(new Option('--role <role>', 'who speaks').choices(roles))
    .addOption(new Option('--purpose <purpose>', 'why a server may analyse an agent').choices(purposes))
    .option('--device <name>', 'microphone, as the recording program names it')
    .addHelpText('after', listenHelp)
    .action(async (options: ListenOptions) => {
      if (!(await listen(options))) process.exitCode = 1;
    });
  program
    .command('adapt')
    .description('fit the model of this device to one voice, with a few labelled clips')
    .argument('<clips>', 'CSV file')
    .requiredOption('--out <file>', 'where the adaptation is written')
    .option('--model <folder>', 'model (default: the one that ships)')
    .option('--json', 'print the report as one line of JSON')
    .addHelpText('after', adaptHelp)
    .action(async (list: string, options: AdaptCommandOptions) => {
      if (!(await adaptCommand(list, options))) process.exitCode = 1;
    });
  addCallsCommand(program);
  addArchiveCommand(program);
  addAlertsCommand(program);
  program
    .command('assets')
    .description(
      'copy what browsers load by URL (SDK, worker, ONNX Runtime, models) into a folder to be served',
    )
    .argument('<folder>', 'where to; it is made if it is not there')
    .action(async (folder: string) => {
      try {
        await assets(folder, (line) => process.stdout.write(`${line}\n`));
      } catch (error) {
        const { code, message } = asUndertoneError(error);
        process.stderr.write(`${code}: ${message}\n`);
        process.exitCode = 1;
      }
    });
  return program;
}

function addSourceOptions(command: Command): Command {
  return command
    .option('--server <url>', 'server to use, such as ws://127.0.0.1:8080')
    .option(
      '--model <model>',
      'without a server a folder (default: the model that ships); with one a name or name@version (default: its first)',
    )
    .option('--adaptation <file>', 'voice that the model is adapted to (undertone adapt); not with a server')
    .option('--json', 'one protocol message per line');
}

function version(): string {
  const url = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(url, 'utf8')) as { version: string }).version;
}

function toRoles(text: string): Role[] {
  return text.split(',').map((part) => {
    const role = roles.find((candidate) => candidate === part.trim());
    if (role) return role;
    throw new InvalidArgumentError(`Expected roles out of ${roles.join(', ')}; got "${part}".`);
  });
}

function toPacketMs(text: string): number {
  const ms = Number(text);
  if (Number.isInteger(ms) && ms >= 1 && ms <= 10_000) return ms;
  throw new InvalidArgumentError(`Expected an integer from 1 to 10000; got "${text}".`);
}
