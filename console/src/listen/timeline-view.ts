/** Which part of a stream is drawn, and where. */
export interface TimeSpan {
  readonly fromSeconds: number;
  readonly toSeconds: number;
}

export type Zoom = 'recent' | 'all';

/** So that a second has room for its name. */
const recentSeconds = { wide: 30, narrow: 15 };
const narrowPixels = 420;
const minSeconds = 10;

/** The newest 30 s, on a phone 15 s, or everything there is. */
export function timeSpan(zoom: Zoom, seconds: number, width: number): TimeSpan {
  if (zoom === 'all') return { fromSeconds: 0, toSeconds: Math.max(minSeconds, seconds) };
  const recent = width < narrowPixels ? recentSeconds.narrow : recentSeconds.wide;
  const toSeconds = Math.max(recent, seconds);
  return { fromSeconds: toSeconds - recent, toSeconds };
}

export function xOf(seconds: number, span: TimeSpan, width: number): number {
  return ((seconds - span.fromSeconds) / (span.toSeconds - span.fromSeconds)) * width;
}

export function secondsAt(x: number, span: TimeSpan, width: number): number {
  return span.fromSeconds + (x / width) * (span.toSeconds - span.fromSeconds);
}

/** Whole numbers of seconds for marks that are at least `minPixels` apart. */
export function marks(span: TimeSpan, width: number, minPixels: number): readonly number[] {
  const secondsPerPixel = (span.toSeconds - span.fromSeconds) / width;
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14_400, 43_200];
  const step = steps.find((seconds) => seconds / secondsPerPixel >= minPixels) ?? 86_400;
  const found: number[] = [];
  for (let at = Math.ceil(span.fromSeconds / step) * step; at <= span.toSeconds; at += step) found.push(at);
  return found;
}
