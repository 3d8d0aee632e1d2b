/** What a setting can be, whatever it is called: kinds, ranges and their words. */

/** `off` turns off what listens on a port. */
export type Port = number | 'off';

export type FieldValue = string | number | boolean | readonly string[];

export type FieldKind =
  | 'text'
  | 'integer'
  | 'number'
  | 'boolean'
  | 'choice'
  | 'list'
  | 'port'
  | 'secret'
  | 'secrets';

export interface Field {
  readonly kind: FieldKind;
  readonly default: FieldValue;
  /** Of a number, both ends included. */
  readonly min?: number;
  readonly max?: number;
  /** Of a choice; of a list, if it does not take any text. */
  readonly choices?: readonly string[];
  /** Of a text or a list: whether it may be empty, which means none. Secrets and lists of choices always may. */
  readonly isOptional?: boolean;
  /** Of a text or a list: whether it names files that have to be readable. */
  readonly isFile?: boolean;
  /** Whether a running server takes a new value at SIGHUP. */
  readonly isReloadable?: boolean;
  /** One sentence, or two. */
  readonly meaning: string;
}

/** A field with the heading under which it is documented. */
export interface GroupedField extends Field {
  readonly group: string;
}

export const text = (fallback: string, meaning: string): Field => ({
  kind: 'text',
  default: fallback,
  meaning,
});

export const integer = (fallback: number, min: number, max: number, meaning: string): Field => ({
  kind: 'integer',
  default: fallback,
  min,
  max,
  meaning,
});

export const number = (fallback: number, min: number, max: number, meaning: string): Field => ({
  ...integer(fallback, min, max, meaning),
  kind: 'number',
});

export const boolean = (meaning: string): Field => ({ kind: 'boolean', default: false, meaning });

export const port = (fallback: Port, meaning: string): Field => ({
  kind: 'port',
  default: fallback,
  min: 0,
  max: 65_535,
  meaning,
});

/** A file that is read at start; none by default. */
export const optionalFile = (meaning: string): Field => ({
  ...text('', meaning),
  isOptional: true,
  isFile: true,
});

export const optionalText = (meaning: string): Field => ({ ...text('', meaning), isOptional: true });

/** Never printed, never a flag; none by default. */
export const secret = (meaning: string): Field => ({ kind: 'secret', default: '', meaning });

/** Several secrets of one purpose, the newest first, so that they can be replaced without a break. */
export const secrets = (meaning: string): Field => ({ kind: 'secrets', default: [], meaning });

export const reloadable = (field: Field): Field => ({ ...field, isReloadable: true });

export function group<K extends string>(
  title: string,
  fields: Readonly<Record<K, Field>>,
): Record<K, GroupedField> {
  const entries = Object.entries<Field>(fields).map(([name, field]) => [name, { ...field, group: title }]);
  return Object.fromEntries(entries) as Record<K, GroupedField>;
}

export const isSecret = (field: Field): boolean => field.kind === 'secret' || field.kind === 'secrets';

/** `maxFrameBytes` -> `max-frame-bytes` */
export function flagName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `maxFrameBytes` -> `UNDERTONE_MAX_FRAME_BYTES` */
export function environmentName(name: string): string {
  return `UNDERTONE_${flagName(name).replaceAll('-', '_').toUpperCase()}`;
}

/** `jwtSecret` -> `jwtSecretFile`, the setting that names a file which holds the secret. */
export function secretFileName(name: string): string {
  return `${name}File`;
}

/** The values a field takes, in words. */
export function rangeText(field: Field): string {
  const words: Record<FieldKind, string> = {
    text: field.isFile ? 'a file' : 'text',
    integer: `${field.min} to ${field.max}`,
    number: `${field.min} to ${field.max}, fractions allowed`,
    boolean: 'true or false',
    choice: (field.choices ?? []).join(', '),
    list: field.choices ? `comma list of ${field.choices.join(', ')}` : 'comma list',
    port: `${field.min} to ${field.max}, or off`,
    secret: 'secret text',
    secrets: 'comma list of secret texts',
  };
  return words[field.kind];
}
