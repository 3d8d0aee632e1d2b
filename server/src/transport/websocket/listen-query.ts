/** The parameters of `/v1/listen`, as clients of Deepgram's live API send them, in those of a stream. */
import { UndertoneError } from '@undertone/core';
import { streamRanges } from '@undertone/proto';

/** What such a client gets besides results. */
export interface ListenOptions {
  readonly vadEvents: boolean;
  readonly utteranceEnds: boolean;
}

export interface ListenQuery extends ListenOptions {
  readonly params: URLSearchParams;
}

/** Parameters that mean the same here and there, and Undertone's own that change nothing of the messages. */
const same = [
  'sample_rate',
  'channels',
  'channel_roles',
  'analyze',
  'interval_ms',
  'window_ms',
  'trend_interval_ms',
  'consent',
  'purpose',
];

/**
 * Parameters that neither knows are ignored, and so is a `model` that is not served: such clients must name one of Deepgram's.
 * @throws UndertoneError `bad_parameter`
 */
export function translateListenQuery(
  asked: URLSearchParams,
  isServed: (model: string) => boolean,
): ListenQuery {
  const params = new URLSearchParams();
  for (const name of same) for (const value of asked.getAll(name)) params.append(name, value);
  const encoding = asked.get('encoding');
  // 32-bit floating point by its definition.
  if (encoding !== null) params.set('encoding', encoding === 'linear32' ? 'float32' : encoding);
  const model = asked.get('model');
  if (model !== null && isServed(model)) params.set('model', model);
  const vadEvents = isTrue(asked.get('vad_events'));
  const utteranceEnds = asked.has('utterance_end_ms');
  params.set('interim_results', String(isTrue(asked.get('interim_results'))));
  params.set('vad_events', String(vadEvents || utteranceEnds));
  params.set('endpointing_ms', String(endpointingMs(asked.get('endpointing'))));
  return { params, vadEvents, utteranceEnds };
}

/** Deepgram's default of 10 ms would end a segment at each breath: what is absent, or merely `true`, takes ours. */
function endpointingMs(value: string | null): number {
  const { min, max, default: usual } = streamRanges.endpointingMs;
  if (value === null || value === 'true') return usual;
  if (value === 'false') return max;
  if (!/^\d{1,6}$/.test(value))
    throw new UndertoneError(
      'bad_parameter',
      `Expected endpointing to be milliseconds, or false; got "${value.slice(0, 80)}".`,
    );
  return Math.min(max, Math.max(min, Number(value)));
}

function isTrue(value: string | null): boolean {
  return value === 'true';
}
