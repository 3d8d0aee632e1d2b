// Writes src/protobuf/schema.ts from undertone/v1/undertone.proto; with --check, says whether it is current.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';

const source = fileURLToPath(new URL('../undertone/v1/undertone.proto', import.meta.url));
const target = fileURLToPath(new URL('../src/protobuf/schema.ts', import.meta.url));

/** Where the JSON form says null for what protobuf leaves out. */
const nullable = new Set(['Emotion.label', 'ChannelSummary.label']);
/** Lists and maps, never empty where they mean something, that the JSON form leaves out. */
const absentWhenEmpty = new Set([
  'StreamConfig.channel_roles',
  'StreamConfig.analyze',
  'StreamConfig.metadata',
  'Configure.analyze',
  'Emotion.scores',
]);

const parsed = protobuf.parse(readFileSync(source, 'utf8'), { keepCase: true });
parsed.root.resolveAll();
const space = parsed.root.lookup(parsed.package);

function fieldEntry(message, field) {
  const path = `${message.name}.${field.name}`;
  const { resolvedType } = field;
  const kind = resolvedType instanceof protobuf.Enum ? 'enum' : resolvedType ? 'message' : field.type;
  const inOneof = field.partOf && !field.proto3Optional && !field.options?.proto3_optional;
  const isOptional = field.options?.proto3_optional === true;
  const rule = field.map
    ? 'map'
    : field.repeated
      ? 'list'
      : inOneof
        ? 'choice'
        : isOptional
          ? 'optional'
          : 'required';
  if (field.map && field.keyType !== 'string') throw new Error(`${path}: only maps of strings are known`);
  const entry = { id: field.id, name: field.name, rule, kind };
  if (resolvedType) entry.of = resolvedType.name;
  if (nullable.has(path)) entry.rule = 'nullable';
  if (absentWhenEmpty.has(path)) entry.absentWhenEmpty = true;
  return entry;
}

const messages = {};
const enums = {};
for (const item of space.nestedArray) {
  if (item instanceof protobuf.Type)
    messages[item.name] = item.fieldsArray.map((field) => fieldEntry(item, field));
  if (item instanceof protobuf.Enum) {
    const prefix = `${item.name.replace(/[A-Z]/g, (letter, at) => (at ? '_' : '') + letter).toUpperCase()}_`;
    // Number 0 means unspecified, which the JSON form says by absence.
    enums[item.name] = Object.entries(item.values)
      .sort((a, b) => a[1] - b[1])
      .map(([name]) => name.slice(prefix.length).toLowerCase());
  }
}

const quote = (value) => (typeof value === 'string' ? `'${value}'` : String(value));
const object = (entry) =>
  `{ ${Object.entries(entry)
    .map(([key, value]) => `${key}: ${quote(value)}`)
    .join(', ')} }`;
const lines = [
  '/** Written by scripts/generate-schema.mjs from undertone/v1/undertone.proto: change that and run `npm run build:proto`. */',
  "import type { FieldSpec } from './field-spec.ts';",
  '',
  'export const messageFields: Readonly<Record<string, readonly FieldSpec[]>> = {',
  ...Object.entries(messages).flatMap(([name, fields]) =>
    fields.length === 0
      ? [`  ${name}: [],`]
      : [`  ${name}: [`, ...fields.map((field) => `    ${object(field)},`), '  ],'],
  ),
  '};',
  '',
  '/** Names in the JSON form, by number. */',
  'export const enumNames: Readonly<Record<string, readonly string[]>> = {',
  ...Object.entries(enums).map(([name, values]) => `  ${name}: [${values.map(quote).join(', ')}],`),
  '};',
  '',
];
const text = lines.join('\n');
if (process.argv.includes('--check')) {
  if (readFileSync(target, 'utf8') !== text) {
    console.error('src/protobuf/schema.ts is not what the .proto says: run `npm run build:proto`.');
    process.exitCode = 1;
  }
} else {
  writeFileSync(target, text);
}
