/** Remembers the newest result of every segment, to draw a timeline per channel. */
import type { BeginMessage, EmotionMessage, Role, ServerMessage } from '@undertone/proto';
import type { Paint } from './paint.ts';
import { speakerText, speakerWidth } from './speaker.ts';
import { timelineLine, timelineScale } from './timeline.ts';

export interface PictureOptions {
  /** Characters of the whole line. */
  readonly width: number;
  /** Seconds that the lines cover; 0 for what was heard so far. */
  readonly seconds: number;
  readonly heardSeconds: number;
  readonly colours: boolean;
  readonly paint: Paint;
}

export class CallPicture {
  #roles: readonly Role[] = [];
  #analysed: readonly boolean[] = [];
  readonly #segments = new Map<string, EmotionMessage>();

  accept(message: ServerMessage): void {
    if (message.type === 'Begin') this.#begin(message);
    else if (message.type === 'Emotion') {
      this.#segments.set(`${message.channel}:${message.segment}`, message);
    }
  }

  /** The newest result of a channel, final or not. */
  latest(channel: number): EmotionMessage | null {
    return this.#segmentsOf(channel).at(-1) ?? null;
  }

  get roles(): readonly Role[] {
    return this.#roles;
  }

  /** One line per analysed channel and the scale below. */
  lines(options: PictureOptions): string[] {
    const { heardSeconds, colours, paint } = options;
    const seconds = Math.max(options.seconds, heardSeconds, 0.1);
    const width = Math.max(20, options.width - speakerWidth - 2);
    const lines: string[] = [];
    for (const [channel, role] of this.#roles.entries()) {
      if (!this.#analysed[channel]) continue;
      const line = timelineLine(this.#segmentsOf(channel), { seconds, width, heardSeconds, colours, paint });
      lines.push(`${paint('bold', speakerText(role, channel))}  ${line}`);
    }
    lines.push(`${' '.repeat(speakerWidth)}  ${paint('dim', timelineScale(seconds, width))}`);
    return lines;
  }

  #begin({ config }: BeginMessage): void {
    this.#roles = config.channel_roles;
    this.#analysed = config.channel_roles.map((role) => config.analyze.includes(role));
  }

  #segmentsOf(channel: number): EmotionMessage[] {
    return [...this.#segments.values()]
      .filter((message) => message.channel === channel)
      .sort((a, b) => a.segment - b.segment);
  }
}
