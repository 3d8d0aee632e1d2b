/** Options and help of `undertone alerts`. */
import type { Command } from 'commander';
import { type ReplayCommandOptions, replayAlerts } from './replay.ts';

const replayHelp = `
RULES is a file as the setting alertRules of a server names it (YAML or JSON), or default: the rules that ship.
FILES have a line for each event: what --sink-file wrote, undertone calls --json or undertone analyze --json printed; - is
standard input. Calls may be mixed, and go on from file to file. The alerts are those that a server raises, with the
same ids, where all results were recorded: with their labels and dimensions, interim ones and SpeechStarted too. From
finals alone, alerts come at the end of segments.

The table has, per rule: alerts opened and cleared, alerts per hour of calls, the share of calls with one, how long
one is open, and, where the recordings hold alerts of a rule of this name, how many, and how many of them are the same now.

Lines that are no events, come out of order or lack something are left out; the first are told with file and line.
With --json, standard output holds one object: rules, curves, alerts (the first 10000) and problems.

Exit code: 0 when all files were read and held a call, else 1.

Examples:
  undertone alerts replay rules.yaml results.jsonl
  undertone alerts replay default results.jsonl --plot alerts.html
  undertone analyze --json *.wav | undertone alerts replay rules.yaml - --curve`;

export function addAlertsCommand(program: Command): void {
  const alerts = program.command('alerts').description('try alert rules on recorded calls');
  alerts
    .command('replay')
    .description('show what a set of alert rules would have done')
    .argument('<rules>', 'file of rules, or default')
    .argument('<files...>', 'recorded results')
    .option('--plot <file>', 'write a page (.html) or picture (.svg): mood, thresholds, alerts and curves')
    .option('--curve', 'alerts per hour at other values of "on", for each rule')
    .option('--json', 'one object of JSON')
    .addHelpText('after', replayHelp)
    .action(async (rules: string, files: string[], options: ReplayCommandOptions) => {
      if (!(await replayAlerts(rules, files, options))) process.exitCode = 1;
    });
}
