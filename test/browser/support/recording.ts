/** What an input of a page gave, piece by piece, so that others can hear the same. */
import {
  type AudioFormat,
  type AudioGap,
  type AudioInput,
  type Emotion,
  Recognizer,
  type RecognizerOptions,
} from '@undertone/client-sdk';
import type { Page } from 'playwright-core';

type Piece = { readonly kind: 'Int16Array' | 'Float32Array'; readonly base64: string } | AudioGap;

export interface Recording {
  readonly format: AudioFormat;
  readonly pieces: readonly Piece[];
}

export interface Heard {
  readonly recording: Recording;
  readonly finals: readonly Emotion[];
  readonly audioS: number;
}

export interface HearingPlan {
  readonly options: RecognizerOptions;
  /** Of a file to be heard; without one it is the microphone. */
  readonly file?: string;
  /** The microphone is stopped when it has given so much. Default 10. */
  readonly seconds?: number;
}

/** Hears an input in the page. What happens meanwhile is in its `window.hearing`. */
export function hearInPage(page: Page, plan: HearingPlan): Promise<Heard> {
  return page.evaluate(hear, plan);
}

/** Runs in a page: uses nothing of this module. */
export async function hear({ options, file, seconds = 10 }: HearingPlan): Promise<Heard> {
  const { fromFile, microphone, Recognizer } = window.undertone;
  const input = file ? await fromFile(await (await fetch(file)).blob()) : await microphone();
  const pieces: Piece[] = [];
  let samples = 0;
  const base64 = (bytes: Uint8Array): string => {
    let text = '';
    for (const byte of bytes) text += String.fromCharCode(byte);
    return btoa(text);
  };
  async function* tapped(): AsyncGenerator<Int16Array | Float32Array | AudioGap> {
    for await (const piece of input) {
      if ('lostSamples' in piece) {
        pieces.push(piece);
        samples += piece.lostSamples;
      } else if (piece instanceof Uint8Array) {
        throw new Error('Expected samples.');
      } else {
        const kind = piece instanceof Int16Array ? 'Int16Array' : 'Float32Array';
        pieces.push({ kind, base64: base64(new Uint8Array(piece.slice().buffer)) });
        samples += piece.length / input.format.channels;
      }
      yield piece as Int16Array | Float32Array | AudioGap;
      if (!file && samples >= seconds * input.format.sampleRateHz) void input.stop();
    }
  }
  const recognizer = new Recognizer(options);
  const finals: Emotion[] = [];
  const hearing = { speaking: false, events: [] as string[], messages: 0 };
  window.hearing = hearing;
  recognizer.on('message', () => hearing.messages++);
  recognizer.on('speechStarted', () => {
    hearing.speaking = true;
  });
  recognizer.on('speechEnded', () => {
    hearing.speaking = false;
  });
  recognizer.on('emotion', (message) => {
    if (message.is_final) finals.push(message);
  });
  for (const name of ['gap', 'reconnecting', 'reconnected', 'fallback'] as const) {
    recognizer.on(name, () => hearing.events.push(name));
  }
  const summary = await recognizer.listen({
    format: input.format,
    settings: input.settings,
    stop: () => input.stop(),
    [Symbol.asyncIterator]: () => tapped(),
  });
  return { recording: { format: input.format, pieces }, finals, audioS: summary.audio_s };
}

declare global {
  interface Window {
    hearing: { readonly speaking: boolean; readonly events: readonly string[]; readonly messages: number };
  }
}

/** The final results of the same pieces, heard here. */
export async function finalsOf(recording: Recording, options: RecognizerOptions): Promise<Emotion[]> {
  const recognizer = new Recognizer(options);
  const finals: Emotion[] = [];
  recognizer.on('emotion', (message) => {
    if (message.is_final) finals.push(message);
  });
  await recognizer.listen(replay(recording));
  return finals;
}

function replay({ format, pieces }: Recording): AudioInput {
  return {
    format,
    settings: {},
    stop: async () => {},
    async *[Symbol.asyncIterator]() {
      for (const piece of pieces) {
        if ('lostSamples' in piece) yield piece;
        else {
          const { buffer } = Uint8Array.from(Buffer.from(piece.base64, 'base64'));
          yield piece.kind === 'Int16Array' ? new Int16Array(buffer) : new Float32Array(buffer);
        }
      }
    },
  };
}

/** What has to be the same wherever the same audio is heard. */
export function comparable(finals: readonly Emotion[]): unknown[] {
  return finals.map(({ id, seq: _, session_id, latency_ms: __, ...result }) => ({
    ...result,
    id: id.replace(session_id, ''),
  }));
}
