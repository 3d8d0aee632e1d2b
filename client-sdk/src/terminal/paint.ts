/** Colours where they are wanted: on a terminal that has them, unless NO_COLOR says otherwise (https://no-color.org). */
import type { WriteStream } from 'node:tty';
import { styleText } from 'node:util';

export type Style = Parameters<typeof styleText>[0];
export type Paint = (style: Style, text: string) => string;

export interface OutputLike {
  readonly isTTY?: boolean;
}

/** FORCE_COLOR gives colours to a pipe or file as well. */
export function hasColours(output: OutputLike, env: NodeJS.ProcessEnv = process.env): boolean {
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false;
  if (env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '0') return true;
  return output.isTTY === true && (output as WriteStream).hasColors(16, env);
}

export function createPaint(colours: boolean): Paint {
  return colours ? (style, text) => styleText(style, text, { validateStream: false }) : (_, text) => text;
}
