/**
 * The messages of `/v1/listen`, which clients of Deepgram's live API understand: `Results`, `SpeechStarted`, `UtteranceEnd`,
 * `Metadata` and `Error` in its shapes (https://github.com/deepgram/deepgram-api-specs, asyncapi.yml). Nothing is transcribed,
 * so transcripts are empty; what was heard stands beside them in `emotion`, and in `Metadata` in `summary`.
 */
import type { EmotionMessage, Envelope, ServerMessage } from '@undertone/proto';
import type { ListenOptions } from './listen-query.ts';
import { decodeJson, type WireFormat } from './wire-format.ts';

type Begin = ServerMessage & { type: 'Begin' };

/** Of one connection. */
export function deepgramFormat(options: ListenOptions): WireFormat {
  let begin: Begin | null = null;
  let createdAt = '';
  return {
    decode: decodeJson,
    encode: (message) => {
      if (message.type === 'Begin') {
        begin = message;
        createdAt = new Date().toISOString();
        return [];
      }
      const translated = translate(message, begin, createdAt, options);
      return translated === null ? [] : [JSON.stringify(translated)];
    },
    closing: (code, reason) => closings[reason] ?? [code, reason],
  };
}

/** As Deepgram closes: the reason carries its code. */
const closings: Readonly<Record<string, readonly [number, string]>> = {
  idle_timeout: [1011, 'NET-0001'],
  bad_audio: [1008, 'DATA-0000'],
};

function translate(
  message: ServerMessage,
  begin: Begin | null,
  createdAt: string,
  { vadEvents, utteranceEnds }: ListenOptions,
): object | null {
  const channels = begin?.config.channels ?? 1;
  switch (message.type) {
    case 'Emotion':
      return results(message, begin, channels);
    case 'SpeechStarted':
      return vadEvents
        ? { type: 'SpeechStarted', channel: [message.channel, channels], timestamp: message.time }
        : null;
    case 'SpeechEnded':
      return utteranceEnds
        ? { type: 'UtteranceEnd', channel: [message.channel, channels], last_word_end: message.time }
        : null;
    case 'Error':
      return {
        type: 'Error',
        code: message.code,
        description: message.message,
        message: message.message,
        variant: message.code,
      };
    case 'Summary':
      return {
        type: 'Metadata',
        transaction_key: 'deprecated',
        request_id: message.session_id,
        sha256: '',
        created: createdAt,
        duration: message.audio_s,
        channels,
        summary: message,
      };
    // Only where the client asked for them by parameters that Deepgram does not have.
    case 'Trend':
      return message;
    default:
      return null;
  }
}

function results(message: EmotionMessage & Envelope, begin: Begin | null, channels: number): object {
  const { channel, start, end, is_final, from_finalize, confidence, session_id } = message;
  const { name = '', version = '' } = begin?.model ?? {};
  return {
    type: 'Results',
    channel_index: [channel, channels],
    start,
    duration: Math.round((end - start) * 1000) / 1000,
    is_final,
    // A pause ended the segment.
    speech_final: is_final && from_finalize !== true,
    from_finalize: from_finalize === true,
    channel: { alternatives: [{ transcript: '', confidence, words: [] }] },
    metadata: {
      request_id: session_id,
      model_info: { name, version, arch: 'undertone' },
      model_uuid: `${name}@${version}`,
    },
    emotion: message,
  };
}
