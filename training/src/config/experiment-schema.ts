/** JSON schema (draft 2020-12) of an experiment's file, generated from the fields, so that editors complete and check. */
import { fileGroups } from './experiment-file.ts';
import type { JsonSchema } from './field-kinds.ts';

export function experimentSchema(): JsonSchema {
  const properties: Record<string, JsonSchema> = {};
  for (const { fields } of fileGroups) {
    for (const [name, { schema, sentence, default: value }] of Object.entries(fields)) {
      properties[name] = { ...schema, description: sentence, default: value };
    }
  }
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'An Undertone experiment',
    description: 'What `undertone-train train --config` and `tune --config` read.',
    type: 'object',
    properties,
    additionalProperties: false,
  };
}

/** As it is kept in the repository. */
export function experimentSchemaText(): string {
  return `${JSON.stringify(experimentSchema(), null, 2)}\n`;
}
