/** One line of progress on a terminal, or a line now and then where there is none. */

export interface ProgressSink {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const everyMs = 200;
/** Where output goes to a file or a log, one line in this time. */
const everyMsWithoutTerminal = 10_000;
const barCells = 24;

export class ProgressLine {
  readonly #sink: ProgressSink;
  readonly #isTerminal: boolean;
  readonly #now: () => number;
  #shownAtMs = Number.NEGATIVE_INFINITY;
  #isOpen = false;

  /** @param now milliseconds; a clock for tests */
  constructor(sink: ProgressSink, now: () => number = () => performance.now()) {
    this.#sink = sink;
    this.#isTerminal = sink.isTTY === true;
    this.#now = now;
  }

  /** Shows how far a task is; calls may come as often as they like. The last one (`done` = `total`) is always shown. */
  update(task: string, done: number, total: number, detail: string): void {
    const nowMs = this.#now();
    const interval = this.#isTerminal ? everyMs : everyMsWithoutTerminal;
    if (done < total && nowMs - this.#shownAtMs < interval) return;
    this.#shownAtMs = nowMs;
    const share = total > 0 ? Math.min(1, done / total) : 1;
    if (!this.#isTerminal) {
      this.#sink.write(`${task} ${done}/${total} ${detail}\n`);
      return;
    }
    const full = Math.round(share * barCells);
    const bar = '█'.repeat(full) + '░'.repeat(barCells - full);
    const line = `${task} ${bar} ${done}/${total} ${detail}`;
    this.#sink.write(`\r\u001b[K${line.slice(0, (this.#sink.columns ?? 120) - 1)}`);
    this.#isOpen = true;
    if (done >= total) this.#end();
  }

  /** A line of its own, above what is in progress. */
  note(text: string): void {
    this.#end();
    this.#sink.write(`${text}\n`);
  }

  #end(): void {
    if (this.#isOpen) this.#sink.write('\n');
    this.#isOpen = false;
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
