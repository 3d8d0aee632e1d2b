/** `POST /v1/analyze`, and WAV files for it. */
import type { ServerMessage } from '@undertone/proto';
import type { UndertoneServer } from '@undertone/server';
import wavefile from 'wavefile';

export interface AnalyzeAnswer {
  readonly begin: ServerMessage;
  readonly events: readonly ServerMessage[];
  readonly summary: ServerMessage;
}

export function analyze(
  server: UndertoneServer,
  body: BodyInit,
  query = '',
  headers: Record<string, string> = {},
): Promise<Response> {
  const url = `http://127.0.0.1:${server.port}/v1/analyze${query && `?${query}`}`;
  return fetch(url, { method: 'POST', body, headers, duplex: 'half' } as RequestInit);
}

/** All messages of an answer, in their order. */
export async function messagesOf(response: Response): Promise<ServerMessage[]> {
  if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
  const { begin, events, summary } = (await response.json()) as AnalyzeAnswer;
  return [begin, ...events, summary];
}

/** @param bits as `wavefile` names them: `8`, `16`, `24`, `32`, `32f`, `64`; `8m` and `8a` for mu-law and A-law */
export function wavOf(
  samples: Int16Array,
  rateHz = 16_000,
  channels = 1,
  bits = '16',
): Uint8Array<ArrayBuffer> {
  const wav = new wavefile.WaveFile();
  wav.fromScratch(channels, rateHz, '16', samples);
  if (bits === '8m') wav.toMuLaw();
  else if (bits === '8a') wav.toALaw();
  else if (bits !== '16') wav.toBitDepth(bits);
  return new Uint8Array(wav.toBuffer());
}
