/** What stream a `start` message asks for: who is on which track, and what of it is recognised how. */
import { UndertoneError } from '@undertone/core';
import { ProtocolError, parseStreamQuery, type Role, roles, type StreamQuery } from '@undertone/proto';
import type { StartMessage } from './messages.ts';

export interface StreamSetup {
  readonly query: StreamQuery;
  /** Tracks that are heard, in the order of the channels. All others are dropped unread. */
  readonly tracks: readonly string[];
}

/** Of customers' calls: what the maker hears of the caller is inbound. */
const usualRoles: Readonly<Record<string, Role>> = { inbound: 'customer', outbound: 'agent' };

/** Parameters of a stream that a call may carry; what else it carries is nobody's business here. */
const taken = [
  'model',
  'interval_ms',
  'window_ms',
  'endpointing_ms',
  'interim_results',
  'vad_events',
  'labels',
  'dimensions',
  'trend_interval_ms',
  'consent',
  'purpose',
  'tag',
];

/**
 * `Begin` carries the maker's names of stream and call in `metadata`, so that results find their call. The parameters `inbound_role` and `outbound_role` say who speaks on a track, `analyze` whose speech is recognised.
 * @throws UndertoneError `bad_parameter`
 */
export function setUpStream(start: StartMessage): StreamSetup {
  const { parameters } = start;
  const analyze = new Set(
    (parameters.get('analyze') ?? 'customer').split(',').map((name) => readRole(name, 'analyze')),
  );
  const offered = start.tracks.length > 0 ? start.tracks : ['inbound', 'outbound'];
  const heard = offered
    .map((track) => ({ track, role: roleOf(track, parameters) }))
    .filter(({ role }) => analyze.has(role));
  if (heard.length === 0) {
    const found = offered.map((track) => `${track} (${roleOf(track, parameters)})`).join(', ');
    throw new UndertoneError(
      'bad_parameter',
      `Expected a track of ${[...analyze].join(', ')}; got ${found}.`,
    );
  }
  const query = new URLSearchParams({
    encoding: start.encoding,
    sample_rate: String(start.sampleRateHz),
    channels: String(heard.length),
    channel_roles: heard.map(({ role }) => role).join(','),
    analyze: heard.map(({ role }) => role).join(','),
    'metadata.stream': start.stream,
    ...(start.call === null ? {} : { 'metadata.call': start.call }),
  });
  for (const name of taken) {
    const value = parameters.get(name);
    if (value !== undefined) query.set(name, value);
  }
  try {
    return { query: parseStreamQuery(query), tracks: heard.map(({ track }) => track) };
  } catch (error) {
    if (error instanceof ProtocolError) throw new UndertoneError(error.code, error.message, { cause: error });
    throw error;
  }
}

function roleOf(track: string, parameters: StartMessage['parameters']): Role {
  const name = `${track}_role`;
  const asked = parameters.get(name);
  return asked === undefined ? (usualRoles[track] ?? 'unknown') : readRole(asked, name);
}

function readRole(text: string, name: string): Role {
  const role = roles.find((known) => known === text.trim());
  if (role) return role;
  const expected = `Expected ${name} to be one of ${roles.join(', ')}`;
  throw new UndertoneError('bad_parameter', `${expected}; got "${text.slice(0, 80)}".`);
}
