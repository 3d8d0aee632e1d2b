/**
 * The query parameters of `GET /v1/stream`, in both directions. Every value outside its range is refused with what
 * was expected and what came; a parameter this version does not know is ignored, and the effective configuration is
 * echoed in `Begin`.
 */
import type { Consent, Encoding, Purpose, Role, StreamConfig } from './messages.ts';
import { ProtocolError } from './protocol-error.ts';

/**
 * `model` is what the client asked for, as `name` or `name@version`; absent means the server's. With `resume` the
 * stream continues from a checkpoint, whose configuration counts and not this one.
 */
export type StreamQuery = Omit<StreamConfig, 'model'> & { model?: string; resume?: true };

export interface IntegerRange {
  readonly min: number;
  readonly max: number;
  readonly default: number;
}

export const encodings: readonly Encoding[] = ['linear16', 'float32', 'mulaw', 'alaw'];
export const roles: readonly Role[] = ['customer', 'agent', 'unknown'];

export const consents: readonly Consent[] = ['given', 'pending', 'denied'];
export const purposes: readonly Purpose[] = ['medical', 'safety', 'personal_training'];

interface StreamRanges {
  readonly sampleRate: Omit<IntegerRange, 'default'>;
  readonly intervalMs: IntegerRange;
  readonly windowMs: IntegerRange;
  readonly endpointingMs: IntegerRange;
  /** Besides 0, which means none. */
  readonly trendIntervalMs: IntegerRange;
}

export const streamRanges: StreamRanges = {
  sampleRate: { min: 8000, max: 48000 },
  intervalMs: { min: 250, max: 10_000, default: 1000 },
  windowMs: { min: 1000, max: 30_000, default: 5000 },
  endpointingMs: { min: 100, max: 5000, default: 500 },
  trendIntervalMs: { min: 1000, max: 60_000, default: 0 },
};

export const trendRangeText: string = `0, or an integer from ${streamRanges.trendIntervalMs.min} to ${streamRanges.trendIntervalMs.max}`;

export function isTrendInterval(value: number): boolean {
  const { min, max } = streamRanges.trendIntervalMs;
  return value === 0 || (Number.isInteger(value) && value >= min && value <= max);
}

export const tagLimits: { readonly keys: number; readonly characters: number } = { keys: 8, characters: 256 };

/** 8 kHz for the telephone encodings, else 16 kHz. */
export function defaultSampleRate(encoding: Encoding): number {
  return encoding === 'mulaw' || encoding === 'alaw' ? 8000 : 16000;
}

/** A mono stream says nothing about who speaks; of two channels the first is taken for the customer. */
export function defaultChannelRoles(channels: number): Role[] {
  return channels === 2 ? ['customer', 'agent'] : ['unknown'];
}

/** Only the customer is analysed unless the client says otherwise; a mono stream has nobody else to name. */
export function defaultAnalyze(channels: number): Role[] {
  return channels === 2 ? ['customer'] : ['customer', 'unknown'];
}

/** @throws ProtocolError `bad_parameter` */
export function parseStreamQuery(params: URLSearchParamsLike): StreamQuery {
  const reader = new QueryReader(params);
  const encoding = reader.oneOf('encoding', encodings, 'linear16');
  const channels = reader.integer('channels', { min: 1, max: 2, default: 1 });
  const query: StreamQuery = {
    encoding,
    sample_rate: reader.integer('sample_rate', {
      ...streamRanges.sampleRate,
      default: defaultSampleRate(encoding),
    }),
    channels,
    channel_roles: reader.roles('channel_roles', defaultChannelRoles(channels)),
    analyze: reader.roles('analyze', defaultAnalyze(channels)),
    interval_ms: reader.integer('interval_ms', streamRanges.intervalMs),
    window_ms: reader.integer('window_ms', streamRanges.windowMs),
    endpointing_ms: reader.integer('endpointing_ms', streamRanges.endpointingMs),
    interim_results: reader.boolean('interim_results', true),
    vad_events: reader.boolean('vad_events', true),
    labels: reader.boolean('labels', true),
    dimensions: reader.boolean('dimensions', true),
    trend_interval_ms: reader.trendInterval('trend_interval_ms'),
    checkpoints: reader.boolean('checkpoints', false),
    ack: reader.boolean('ack', false),
  };
  checkRoles(query);
  const consent = reader.optionOf('consent', consents);
  if (consent) query.consent = consent;
  const purpose = reader.optionOf('purpose', purposes);
  if (purpose) query.purpose = purpose;
  if (reader.boolean('resume', false)) query.resume = true;
  if (reader.boolean('alerts', false)) query.alerts = true;
  // Reserved: the only value so far.
  reader.oneOf('features', ['none'], 'none');
  const model = reader.text('model');
  if (model !== undefined) query.model = model;
  const tag = reader.text('tag');
  if (tag !== undefined) query.tag = tag;
  const metadata = reader.metadata();
  if (metadata) query.metadata = metadata;
  return query;
}

/** The parameters a client sends; fields left out take the server's defaults. */
export function buildStreamQuery(query: Partial<StreamQuery>): string {
  const parts: [string, string][] = [];
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    if (name === 'metadata') {
      for (const [key, text] of Object.entries(query.metadata ?? {})) parts.push([`metadata.${key}`, text]);
    } else {
      parts.push([name, Array.isArray(value) ? value.join(',') : String(value)]);
    }
  }
  return parts.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&');
}

/** Which channels are recognised. */
export function analysedChannels(query: Pick<StreamQuery, 'channel_roles' | 'analyze'>): boolean[] {
  return query.channel_roles.map((role) => query.analyze.includes(role));
}

/** What is used of `URLSearchParams`; this package has no DOM. */
export interface URLSearchParamsLike {
  getAll(name: string): string[];
  keys(): Iterable<string>;
}

function checkRoles(query: StreamQuery): void {
  const { channels, channel_roles, analyze } = query;
  if (channel_roles.length !== channels) {
    fail('channel_roles', `${channels} roles, one per channel`, channel_roles.join(','));
  }
  if (!analysedChannels(query).includes(true)) {
    fail('analyze', `at least one role of the channels (${channel_roles.join(',')})`, analyze.join(','));
  }
}

function fail(name: string, expected: string, found: string): never {
  // What came is echoed, so it is cut: a refusal must not carry a megabyte back.
  const shown = found.length > 80 ? `${found.slice(0, 80)}...` : found;
  throw new ProtocolError('bad_parameter', `Expected ${name} to be ${expected}; got "${shown}".`);
}

class QueryReader {
  readonly #params: URLSearchParamsLike;

  constructor(params: URLSearchParamsLike) {
    this.#params = params;
  }

  text(name: string): string | undefined {
    const values = this.#params.getAll(name);
    if (values.length > 1) fail(name, 'given once', values.join(' and '));
    const [value] = values;
    if (value !== undefined && value.length > tagLimits.characters) {
      fail(name, `at most ${tagLimits.characters} characters`, value);
    }
    return value;
  }

  oneOf<T extends string>(name: string, allowed: readonly T[], fallback: T): T {
    return this.optionOf(name, allowed) ?? fallback;
  }

  optionOf<T extends string>(name: string, allowed: readonly T[]): T | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const found = allowed.find((candidate) => candidate === value);
    return found ?? fail(name, `one of ${allowed.join(', ')}`, value);
  }

  boolean(name: string, fallback: boolean): boolean {
    return this.oneOf(name, ['true', 'false'], fallback ? 'true' : 'false') === 'true';
  }

  integer(name: string, range: IntegerRange): number {
    const value = this.text(name);
    if (value === undefined) return range.default;
    const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
    if (number >= range.min && number <= range.max) return number;
    return fail(name, `an integer from ${range.min} to ${range.max}`, value);
  }

  trendInterval(name: string): number {
    const value = this.text(name);
    if (value === undefined) return streamRanges.trendIntervalMs.default;
    const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
    return isTrendInterval(number) ? number : fail(name, trendRangeText, value);
  }

  roles(name: string, fallback: Role[]): Role[] {
    const value = this.text(name);
    if (value === undefined) return fallback;
    return value.split(',').map((part) => {
      const found = roles.find((role) => role === part);
      return found ?? fail(name, `a comma list of ${roles.join(', ')}`, value);
    });
  }

  metadata(): Record<string, string> | undefined {
    const names = new Set([...this.#params.keys()].filter((name) => name.startsWith('metadata.')));
    if (names.size === 0) return undefined;
    if (names.size > tagLimits.keys)
      fail('metadata.*', `at most ${tagLimits.keys} keys`, `${names.size} keys`);
    const metadata: Record<string, string> = {};
    for (const name of names) {
      const key = name.slice('metadata.'.length);
      if (!/^[A-Za-z0-9_.-]{1,64}$/.test(key) || key === '__proto__') {
        fail('metadata.*', 'named by 1 to 64 letters, digits, "_", "." or "-"', key);
      }
      metadata[key] = this.text(name) ?? '';
    }
    return metadata;
  }
}
