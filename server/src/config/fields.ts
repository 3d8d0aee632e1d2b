/**
 * Every setting of the server, once. The environment variables, the flags, `--help`, `--print-config` and
 * `docs/configuration.md` are views of this list.
 */
import type { Role } from '@undertone/proto';

export type LogLevel = 'silent' | 'error' | 'warn' | 'info' | 'debug';

export interface ServerConfig {
  readonly host: string;
  readonly port: number;
  readonly model: readonly string[];
  readonly allowRole: readonly Role[];
  readonly maxSessions: number;
  readonly maxFrameBytes: number;
  readonly maxInboxBytes: number;
  readonly maxPendingMs: number;
  readonly idleTimeoutMs: number;
  readonly maxSessionSeconds: number;
  readonly rateLimit: number;
  readonly rateBurstSeconds: number;
  readonly interimDropBytes: number;
  readonly slowClientBytes: number;
  readonly pingIntervalMs: number;
  readonly batchWaitMs: number;
  readonly maxBatch: number;
  readonly drainSeconds: number;
  readonly shutdownGraceMs: number;
  readonly logLevel: LogLevel;
}

export type FieldValue = string | number | readonly string[];

export interface Field {
  readonly kind: 'text' | 'integer' | 'number' | 'choice' | 'list';
  readonly default: FieldValue;
  /** Of a number, both ends included. */
  readonly min?: number;
  readonly max?: number;
  /** Of a choice; of a list, if it does not take any text. */
  readonly choices?: readonly string[];
  /** One sentence. */
  readonly meaning: string;
}

const text = (fallback: string, meaning: string): Field => ({ kind: 'text', default: fallback, meaning });
const integer = (fallback: number, min: number, max: number, meaning: string): Field => ({
  kind: 'integer',
  default: fallback,
  min,
  max,
  meaning,
});
const number = (fallback: number, min: number, max: number, meaning: string): Field => ({
  ...integer(fallback, min, max, meaning),
  kind: 'number',
});

export const configFields: { readonly [K in keyof ServerConfig]: Field } = {
  host: text(
    '127.0.0.1',
    'Address to listen on. There is no authentication: put a proxy that has it before any other address.',
  ),
  port: integer(8080, 0, 65535, 'Port to listen on; 0 takes a free one.'),
  model: {
    kind: 'list',
    default: ['models/default'],
    meaning:
      'Folders of the models, of any kind; streams without a wish get the first. The default is the one that ships with Undertone.',
  },
  allowRole: {
    kind: 'list',
    default: [],
    choices: ['customer', 'agent', 'unknown'],
    meaning:
      'Roles that clients may have analysed besides customer and unknown (a mono stream), which always are: agent.',
  },
  maxSessions: integer(1000, 1, 100_000, 'Streams at a time; more are refused with overloaded.'),
  maxFrameBytes: integer(
    1_048_576,
    1024,
    16_777_216,
    'Largest WebSocket message; larger ones end the stream.',
  ),
  maxInboxBytes: integer(
    262_144,
    1024,
    16_777_216,
    'Bytes of one stream that wait to be decoded before its socket is no longer read.',
  ),
  maxPendingMs: integer(
    5000,
    500,
    60_000,
    'Audio of one stream that waits for the model before no more of it is decoded.',
  ),
  idleTimeoutMs: integer(
    10_000,
    100,
    3_600_000,
    'Time without audio or KeepAlive after which a stream is ended.',
  ),
  maxSessionSeconds: integer(14_400, 1, 86_400, 'Longest stream, by its audio and by the clock.'),
  rateLimit: number(
    0,
    0,
    1000,
    'Seconds of audio per second that a stream may send, after its burst; 0 sets no limit and leaves it to back-pressure.',
  ),
  rateBurstSeconds: number(5, 0, 3600, 'Seconds of audio that may come at once before rateLimit counts.'),
  interimDropBytes: integer(
    262_144,
    1024,
    67_108_864,
    'Unsent bytes to a client from which on its interim results are left out.',
  ),
  slowClientBytes: integer(
    1_048_576,
    1024,
    67_108_864,
    'Unsent bytes to a client from which on its stream is ended.',
  ),
  pingIntervalMs: integer(
    20_000,
    100,
    600_000,
    'Time between pings; a client that misses two in a row is disconnected.',
  ),
  batchWaitMs: integer(
    10,
    0,
    100,
    'Time that frames wait for those of other streams, so that the model runs once for all of them.',
  ),
  maxBatch: integer(32, 1, 256, 'Most channels in one call of the model.'),
  drainSeconds: integer(
    0,
    0,
    86_400,
    'At shutdown, time that running streams may go on before they are ended.',
  ),
  shutdownGraceMs: integer(
    10_000,
    0,
    600_000,
    'At shutdown, time that ended streams have to receive their last results.',
  ),
  logLevel: {
    kind: 'choice',
    default: 'info',
    choices: ['silent', 'error', 'warn', 'info', 'debug'],
    meaning: 'Least level of the JSON lines on standard error.',
  },
};

export const configNames: readonly (keyof ServerConfig)[] = Object.keys(
  configFields,
) as (keyof ServerConfig)[];

/** `maxFrameBytes` -> `max-frame-bytes` */
export function flagName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `maxFrameBytes` -> `UNDERTONE_MAX_FRAME_BYTES` */
export function environmentName(name: string): string {
  return `UNDERTONE_${flagName(name).replaceAll('-', '_').toUpperCase()}`;
}

/** The values a field takes, in words. */
export function rangeText(field: Field): string {
  if (field.kind === 'integer') return `${field.min} to ${field.max}`;
  if (field.kind === 'number') return `${field.min} to ${field.max}, fractions allowed`;
  if (field.kind === 'choice') return (field.choices ?? []).join(', ');
  if (field.kind === 'list')
    return field.choices ? `comma list of ${field.choices.join(', ')}` : 'comma list';
  return 'text';
}
