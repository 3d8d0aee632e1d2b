/** One event as a line of text, where there is no terminal to draw on. */
import type { CallEvent } from '../../calls/call-event.ts';
import { clockText, signedText } from '../../calls/clock-text.ts';
import { printable } from '../../calls/printable.ts';
import { speakerName } from '../../calls/speaker-name.ts';

/** @returns null for what is not worth a line: interim results, and what is not known */
export function eventLine({ session, message }: CallEvent): string | null {
  if (!message) return null;
  const line = (seconds: number, text: string): string =>
    `${printable(session)}  ${clockText(seconds).padStart(7)}  ${text}`;
  switch (message.type) {
    case 'Begin':
      return line(0, `begins, ${message.model}, ${message.roles.join(' and ')}`);
    case 'Emotion': {
      if (!message.isFinal) return null;
      const { label, confidence, valence, arousal, start, end } = message;
      const mood = `valence ${signedText(valence)}, arousal ${signedText(arousal)}`;
      return line(
        start,
        `${speakerName(message)}: ${label ?? 'unsure'} ${confidence.toFixed(2)} until ${clockText(end)}, ${mood}`,
      );
    }
    case 'Alert': {
      const { rule, level, isOpened, since, time } = message;
      const what = isOpened ? `opened, since ${clockText(since)}` : 'cleared';
      return line(time, `${speakerName(message)}: alert ${rule.replaceAll('_', ' ')} (${level}) ${what}`);
    }
    case 'Gap':
      return line(message.start, `not heard for ${message.duration.toFixed(1)} s (${message.reason})`);
    case 'Summary':
      return line(message.seconds, `over (${message.reason.replaceAll('_', ' ')})`);
    case 'Error':
      return line(0, `error ${message.code}: ${message.message}`);
    default:
      return null;
  }
}
