/** Where a time stands in a picture, and the axis that says so. */
import { clockText } from '../clock-text.ts';
import { element, label } from './svg-text.ts';

const steps = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 36_000, 86_400, 864_000,
];
/** Units between marks, at least. */
const markWidth = 64;

export class TimeScale {
  readonly seconds: number;
  readonly left: number;
  readonly right: number;

  constructor(seconds: number, left: number, right: number) {
    this.seconds = seconds;
    this.left = left;
    this.right = right;
  }

  /** What lies beyond the ends stands at them. */
  x(seconds: number): number {
    const share = Math.max(0, Math.min(1, seconds / this.seconds));
    return this.left + share * (this.right - this.left);
  }

  /** Seconds of the marks. */
  marks(): number[] {
    const most = Math.max(1, Math.floor((this.right - this.left) / markWidth));
    const step = steps.find((each) => this.seconds / each <= most) ?? this.seconds;
    return Array.from({ length: Math.floor(this.seconds / step) + 1 }, (_, i) => i * step);
  }
}

/** Lines over the whole height, and times below. */
export function timeAxis(scale: TimeScale, top: number, bottom: number): string {
  return scale
    .marks()
    .flatMap((seconds) => {
      const x = scale.x(seconds);
      return [
        element('line', { class: 'grid', x1: x, x2: x, y1: top, y2: bottom }),
        label(x, bottom + 18, clockText(seconds), { class: 'muted', 'text-anchor': 'middle' }),
      ];
    })
    .join('');
}
