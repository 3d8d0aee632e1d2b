/** From audio to a stream, for both commands. */
import { UndertoneError } from '@undertone/core';
import type { Recognizer } from '../client/recognizer.ts';

/**
 * Writes all of the audio, then closes.
 * @throws UndertoneError what ended the stream or the audio early
 */
export async function sendAudio(source: Recognizer, audio: AsyncIterable<Uint8Array>): Promise<void> {
  const failures: unknown[] = [];
  try {
    for await (const bytes of audio) await source.write(bytes);
  } catch (error) {
    failures.push(error);
  }
  // The stream's own end says better why it is over than a write that came after it.
  const { reason, audio_s } = await source.close();
  if (reason !== 'client_close') {
    const expected = 'Expected all of the audio to be heard';
    throw new UndertoneError(
      'going_away',
      `${expected}; the server ended it after ${audio_s} s (${reason}).`,
    );
  }
  if (failures.length > 0) throw failures[0];
}
