/** `undertone-train fields`: the fields of an experiment. */
import type { Command } from 'commander';
import { fileGroups } from '../config/experiment-file.ts';
import type { Output } from './output.ts';

export function addFieldsCommand(program: Command, { print }: Output): void {
  program
    .command('fields')
    .description('lists the fields of an experiment in groups, with defaults and ranges')
    .option('--json', 'print them as one line of JSON')
    .action((options: { readonly json?: boolean }) => {
      if (options.json) {
        print(JSON.stringify(fileGroups.map(({ title, fields }) => ({ title, fields }))));
        return;
      }
      for (const { title, fields } of fileGroups) {
        print(`\n${title}\n`);
        for (const [name, { default: value, expected, sentence }] of Object.entries(fields)) {
          print(`${name} = ${JSON.stringify(value)}\n    ${sentence} Expected: ${expected}.`);
        }
      }
    });
}
