/** Options and help of `undertone calls`. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { addFeedOptions, toSince } from './feed-choice.ts';
import { type ShowOptions, showCall, type TimelineOptions, writeTimeline } from './show.ts';
import { type WatchOptions, watchCalls } from './watch.ts';

/** Messages that servers publish; all others are for the client alone. */
const eventTypes = [
  ...['Begin', 'Emotion', 'Alert', 'Gap', 'Error', 'Summary'],
  ...['SpeechStarted', 'SpeechEnded', 'Trend'],
];

const callsHelp = `
Reads what servers with a NATS sink publish (undertone-server --nats-url ... --nats-stream results). On a terminal it is a
table that follows the calls, those worth looking at first: open alerts by their level, then how negative the voices
of late are. v and a are valence and arousal, from -1 to 1, with the course of the last eight segments. Into a pipe
it is one line for each final result and alert. Ctrl-C ends it.

With --json, standard output holds one event (CloudEvents) per line: all of them once, interim ones as well, and those
of agents where the server analyses them. Elsewhere agents are shown with --agents only.

Exit code: 0 when it was ended or all was replayed, 1 for an error (connection_failed: NATS is not there;
not_found: no stream keeps events of that tenant; unauthorized: credentials).

Examples:
  undertone calls --nats-url nats://127.0.0.1:4222
  undertone calls --since 1h
  undertone calls --replay --since 1h --json | jq 'select(.type == "undertone.v1.alert")'
  undertone calls show ut_01M870KE9FVNVS952NFWDF8WNF
  undertone calls timeline --from results.jsonl --svg call.svg`;

const showHelp = `
SESSION is needed for JetStream, and for a file with more than one call.
FILE has a line for each event: what --sink-file wrote, or undertone analyze --json printed; - is standard input.

Examples:
  undertone calls show ut_01M870KE9FVNVS952NFWDF8WNF
  undertone analyze --json call.wav | undertone calls show --from -`;

const timelineHelp = `
--svg draws who spoke when and how it sounded, valence and arousal, alerts and turning points; --csv has a row for
each of them, --json all of it. Without FILE they go to standard output.
SESSION is needed for JetStream, and for a file with more than one call.

Examples:
  undertone calls timeline ut_01M870KE9FVNVS952NFWDF8WNF --svg call.svg --csv call.csv
  undertone analyze --json call.wav | undertone calls timeline --from - --svg call.svg`;

const agentsOption = (): Option =>
  new Option('--agents', 'how agents sound as well, where you have a reason that the law knows');

const fromOption = (): Option => new Option('--from <file>', 'file of events, in place of JetStream');

export function addCallsCommand(program: Command): void {
  const calls = program
    .command('calls')
    .description('watch calls as they go, or look at one that was')
    .enablePositionalOptions();
  addFeedOptions(calls)
    .option('--session <id>', 'one call only')
    .option('--type <types>', 'types of messages only, separated by commas: Emotion, Alert, Summary', toTypes)
    .option('--since <time>', 'what is kept from then on comes first: 15m, 1h, 2d, or a date', toSince)
    .option('--replay', 'end with what is kept (from --since on, else all of it)')
    .addOption(agentsOption())
    .option('--json', 'one event per line')
    .addHelpText('after', callsHelp)
    .allowExcessArguments()
    .action(async (options: WatchOptions, command: Command) => {
      const [extra] = command.args;
      if (extra !== undefined)
        command.error(
          `error: unknown command '${extra}'; one call is shown by: undertone calls show SESSION`,
        );
      if (!(await watchCalls(options))) process.exitCode = 1;
    });
  addFeedOptions(calls.command('show'))
    .description("print one call's timeline")
    .argument('[session]', 'id of the call')
    .addOption(fromOption())
    .addOption(agentsOption())
    .option('--json', 'the timeline as one line of JSON')
    .addHelpText('after', showHelp)
    .action(async (session: string | undefined, options: ShowOptions) => {
      if (!(await showCall(session, options))) process.exitCode = 1;
    });
  addFeedOptions(calls.command('timeline'))
    .description("write one call's timeline as a picture, a table or JSON")
    .argument('[session]', 'id of the call')
    .addOption(fromOption())
    .addOption(agentsOption())
    .option('--svg [file]', 'as a picture')
    .option('--csv [file]', 'as a table')
    .option('--json [file]', 'as JSON')
    .addOption(
      new Option('--theme <theme>', 'colours of the picture; auto follows the reader')
        .choices(['auto', 'light', 'dark'])
        .default('auto'),
    )
    .option('--width <units>', 'width of the picture, 320 to 4000', toWidth, 1000)
    .addHelpText('after', timelineHelp)
    .action(async (session: string | undefined, options: TimelineOptions) => {
      if (!(await writeTimeline(session, options))) process.exitCode = 1;
    });
}

function toTypes(text: string): string[] {
  return text.split(',').map((part) => {
    const type = eventTypes.find((known) => known.toLowerCase() === part.trim().toLowerCase());
    if (type === undefined)
      throw new InvalidArgumentError(`Expected names out of ${eventTypes.join(', ')}; got "${part}".`);
    return type;
  });
}

function toWidth(text: string): number {
  const width = Number(text);
  if (Number.isInteger(width) && width >= 320 && width <= 4000) return width;
  throw new InvalidArgumentError(`Expected an integer from 320 to 4000; got "${text}".`);
}
