/** `undertone-train fields`: the fields of an experiment. */
import type { Command } from 'commander';
import { experimentFields } from '../config/experiment.ts';
import type { Output } from './output.ts';

export function addFieldsCommand(program: Command, { print }: Output): void {
  program
    .command('fields')
    .description('lists the fields of an experiment with defaults and ranges')
    .action(() => {
      for (const [name, { default: value, expected, sentence }] of Object.entries(experimentFields)) {
        print(`${name} = ${JSON.stringify(value)}\n    ${sentence} Expected: ${expected}.`);
      }
    });
}
