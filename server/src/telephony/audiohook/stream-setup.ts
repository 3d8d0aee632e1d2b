/** Which of the audio that a call offers is taken, and what is recognised of it how. */
import { UndertoneError } from '@undertone/core';
import { ProtocolError, parseStreamQuery, type Role, type StreamQuery } from '@undertone/proto';
import type { Channel, Media, OpenParameters } from './messages.ts';

export interface AudiohookSetup {
  readonly query: StreamQuery;
  readonly media: Media;
}

const roleOf: Readonly<Record<Channel, Role>> = { external: 'customer', internal: 'agent' };

/** Parameters of a stream that the integration's configuration may carry. */
const taken = [
  'model',
  'analyze',
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
 * The external channel alone where it is offered so, for then the agent's voice never comes here. `customConfig` of the
 * integration says what differs: `{"analyze": "customer,agent", "purpose": "safety"}`.
 * @returns null where nothing of what is offered is to be heard
 * @throws UndertoneError `bad_parameter`
 */
export function setUpAudiohook(open: OpenParameters): AudiohookSetup | null {
  const asked = new URLSearchParams();
  for (const name of taken) {
    const value = open.customConfig[name];
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      asked.set(name, String(value));
  }
  const analyze = (asked.get('analyze') ?? 'customer').split(',').map((role) => role.trim());
  const media = selectMedia(open.media, analyze);
  if (!media) return null;
  asked.set('encoding', media.format === 'PCMU' ? 'mulaw' : 'linear16');
  asked.set('sample_rate', String(media.rate));
  asked.set('channels', String(media.channels.length));
  asked.set('channel_roles', media.channels.map((channel) => roleOf[channel]).join(','));
  asked.set('analyze', analyze.join(','));
  asked.set('metadata.call', open.conversationId);
  try {
    return { query: parseStreamQuery(asked), media };
  } catch (error) {
    if (error instanceof ProtocolError) throw new UndertoneError(error.code, error.message, { cause: error });
    throw error;
  }
}

/** The offer with all that is to be heard and the least that is not; of equals the one that Genesys prefers. */
function selectMedia(offered: readonly Media[], analyze: readonly string[]): Media | null {
  const heard = ({ channels }: Media): number =>
    channels.filter((channel) => analyze.includes(roleOf[channel])).length;
  const [best] = offered
    .filter((media) => heard(media) > 0)
    .sort((a, b) => heard(b) - heard(a) || a.channels.length - b.channels.length);
  return best ?? null;
}
