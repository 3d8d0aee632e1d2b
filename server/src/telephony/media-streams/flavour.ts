/**
 * The makers of telephony whose media streams speak Twilio's protocol, and where they differ from it. Sources: Twilio
 * https://www.twilio.com/docs/voice/media-streams/websocket-messages, Telnyx
 * https://developers.telnyx.com/api-reference/websockets/stream-call-media-over-websocket, SignalWire
 * https://developer.signalwire.com/compatibility-api/cxml/voice/stream, Voximplant
 * https://docs.voximplant.ai/platform/voxengine/media-over-websockets.
 */
export type FlavourName = 'twilio' | 'telnyx' | 'signalwire' | 'voximplant';

export interface Flavour {
  readonly name: FlavourName;
  readonly path: string;
  /** Whether the connection is signed by the header X-Twilio-Signature; otherwise it shows credentials as any client. */
  readonly isSigned: boolean;
  /** What the fields of messages are called. */
  readonly fields: {
    /** Null where the numbers of several streams on one connection mix; a WebSocket keeps the order anyway. */
    readonly sequence: string | null;
    /** Of every message; null where each media message names its stream by its `tag`. */
    readonly stream: string | null;
    readonly format: string;
    readonly rate: string;
    readonly parameters: string;
    /** Of `start`: the call's own name, which results carry; null where there is none. */
    readonly call: string | null;
  };
}

const camelCase = {
  sequence: 'sequenceNumber',
  stream: 'streamSid',
  format: 'mediaFormat',
  rate: 'sampleRate',
  parameters: 'customParameters',
  call: 'callSid',
} as const;

export const flavours: readonly Flavour[] = [
  { name: 'twilio', path: '/v1/twilio', isSigned: true, fields: camelCase },
  { name: 'signalwire', path: '/v1/signalwire', isSigned: false, fields: camelCase },
  {
    name: 'telnyx',
    path: '/v1/telnyx',
    isSigned: false,
    fields: {
      sequence: 'sequence_number',
      stream: 'stream_id',
      format: 'media_format',
      rate: 'sample_rate',
      parameters: 'custom_parameters',
      call: 'call_session_id',
    },
  },
  {
    name: 'voximplant',
    path: '/v1/voximplant',
    isSigned: false,
    fields: { ...camelCase, sequence: null, stream: null, call: null },
  },
];

export function flavourAt(path: string): Flavour | undefined {
  return flavours.find((flavour) => flavour.path === path);
}
