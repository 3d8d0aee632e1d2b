/** `undertone-train schema`: the JSON schema of an experiment's file. */
import type { Command } from 'commander';
import { experimentSchemaText } from '../config/experiment-schema.ts';
import type { Output } from './output.ts';

export function addSchemaCommand(program: Command, { print }: Output): void {
  program
    .command('schema')
    .description(
      'prints the JSON schema of a configuration file; in an editor: "# yaml-language-server: $schema=FILE"',
    )
    .action(() => print(experimentSchemaText().trimEnd()));
}
