/**
 * The call on a terminal: finished segments scroll by above, below them the timeline of both channels follows the
 * call. Without a terminal only the segments are written, one line each.
 */

import {
  CallPicture,
  clock,
  judgementText,
  judgementWidth,
  type Paint,
  segmentLine,
  segmentLineWidth,
  speakerText,
  speakerWidth,
  summaryLines,
} from '@undertone/client-sdk/terminal';
import type { ServerMessage } from '@undertone/proto';
import { type CallIndex, type CallTurn, turnAt } from './call-index.ts';

export interface LiveViewOptions {
  readonly write: (text: string) => void;
  /** Characters of a line. */
  readonly width: number;
  /** Whether what was written can be written over. */
  readonly live: boolean;
  readonly colours: boolean;
  readonly paint: Paint;
  readonly call: CallIndex;
}

const hideCursor = '\x1b[?25l';
const showCursor = '\x1b[?25h';
const indent = '  ';

export class LiveView {
  readonly #options: LiveViewOptions;
  readonly #picture = new CallPicture();
  #heardSeconds = 0;
  /** Lines of the block that is written over. */
  #drawnLines = 0;

  constructor(options: LiveViewOptions) {
    this.#options = options;
  }

  start(title: string): void {
    const { write, live, paint } = this.#options;
    write(`\n${indent}${paint('bold', 'Undertone')}  ${title}\n\n`);
    if (live) write(hideCursor);
    this.#draw();
  }

  message(message: ServerMessage): void {
    this.#picture.accept(message);
    if (message.type === 'Emotion' && message.is_final) this.#log(this.#segmentText(message));
    else if (message.type === 'Summary') this.#finish(message);
    else if (message.type === 'Emotion') this.#draw();
  }

  /** Seconds of the call that were sent. */
  progress(seconds: number): void {
    this.#heardSeconds = seconds;
    this.#draw();
  }

  /** Leaves the terminal as it was. Idempotent. */
  close(): void {
    if (this.#options.live) this.#options.write(showCursor);
  }

  #segmentText(message: Extract<ServerMessage, { type: 'Emotion' }>): string {
    const { paint, call } = this.#options;
    const line = segmentLine(message, paint);
    const turn = turnAt(call, message.channel, message.start, message.end);
    if (!turn) return line;
    const acted = `acted ${turn.intendedLabel.padEnd(7)}`;
    return `${line}  ${paint('dim', `${acted} ${this.#words(turn, segmentLineWidth + 2 + acted.length + 1)}`)}`;
  }

  /** As much of the words as fits behind `usedColumns`: a line that wraps could not be written over. */
  #words(turn: CallTurn, usedColumns: number): string {
    const room = this.#options.width - indent.length - usedColumns - 2;
    const { words } = turn;
    if (room < 8) return '';
    return words.length <= room ? `"${words}"` : `"${words.slice(0, room - 3)}..."`;
  }

  #finish(summary: Extract<ServerMessage, { type: 'Summary' }>): void {
    const { write, paint } = this.#options;
    this.#heardSeconds = summary.audio_s;
    this.#erase();
    write(
      `\n${this.#timeline()
        .map((line) => `${indent}${line}\n`)
        .join('')}\n`,
    );
    for (const line of summaryLines(summary, paint)) write(`${indent}${line}\n`);
    write('\n');
  }

  #log(line: string): void {
    this.#erase();
    this.#options.write(`${indent}${line}\n`);
    this.#draw();
  }

  #draw(): void {
    const { live, write, paint, call } = this.#options;
    if (!live) return;
    this.#erase();
    const lines = ['', ...this.#timeline(), ''];
    for (const [channel, role] of this.#picture.roles.entries()) {
      const latest = this.#picture.latest(channel);
      const turn = turnAt(call, channel, this.#heardSeconds - 0.1, this.#heardSeconds);
      const judgement = latest ? judgementText(latest, paint) : ' '.repeat(judgementWidth);
      const words = turn ? paint('italic', this.#words(turn, speakerWidth + 2 + judgementWidth + 2)) : '';
      lines.push(`${paint('bold', speakerText(role, channel))}  ${judgement}  ${words}`);
    }
    lines.push('', paint('dim', `${clock(this.#heardSeconds)} of ${clock(call.seconds)}`));
    write(lines.map((line) => `${indent}${line}\n`).join(''));
    this.#drawnLines = lines.length;
  }

  #erase(): void {
    if (this.#drawnLines > 0) this.#options.write(`\x1b[${this.#drawnLines}A\x1b[0J`);
    this.#drawnLines = 0;
  }

  #timeline(): string[] {
    const { width, colours, paint, call } = this.#options;
    const heardSeconds = Math.min(this.#heardSeconds, call.seconds);
    return this.#picture.lines({ width: width - 2, seconds: call.seconds, heardSeconds, colours, paint });
  }
}
