/** One line on a terminal that says how far it is; nothing elsewhere. */
import { meter } from '../../terminal/format.ts';

const everyMs = 100;
const cells = 24;

export interface ProgressOutput {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export class ProgressBar {
  readonly #output: ProgressOutput;
  #shownAtMs = Number.NEGATIVE_INFINITY;

  constructor(output: ProgressOutput) {
    this.#output = output;
  }

  update(done: number, total: number, detail: string): void {
    if (!this.#output.isTTY) return;
    const nowMs = performance.now();
    if (nowMs - this.#shownAtMs < everyMs && done < total) return;
    this.#shownAtMs = nowMs;
    const line = `${meter(total > 0 ? done / total : 1, cells)} ${done}/${total}${detail && `, ${detail}`}`;
    this.#output.write(`\r\u001b[K${line.slice(0, (this.#output.columns ?? 120) - 1)}`);
  }

  clear(): void {
    if (this.#output.isTTY) this.#output.write('\r\u001b[K');
  }
}

/** `1 h 05 min`, `3 min 20 s`, `12 s`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const two = (n: number): string => String(n).padStart(2, '0');
  if (whole >= 3600) return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
  if (whole >= 60) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${whole} s`;
}
