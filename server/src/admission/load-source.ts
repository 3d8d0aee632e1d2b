/** What tells how busy the server is. */
import { type EventLoopUtilization, performance } from 'node:perf_hooks';

export interface LoadSource {
  /** Threads, or cores, that it speaks for. */
  readonly threads: number;
  /** Mean share of their time, 0 to 1, that they were busy since the last call. */
  utilisation(): number;
  /** How late their work is now, in milliseconds. */
  lagMs(): number;
}

/**
 * The thread that moves bytes. Its event loop counts as busy also while the system makes it wait for a core, so that what
 * other programs take counts too. Its lag is how late a timer fires.
 */
export class MainThreadLoad implements LoadSource {
  readonly threads = 1;
  readonly #everyMs: number;
  readonly #timer: NodeJS.Timeout;
  #last: EventLoopUtilization = performance.eventLoopUtilization();
  #dueMs: number;
  #lagMs = 0;

  constructor(everyMs: number) {
    this.#everyMs = everyMs;
    this.#dueMs = performance.now() + everyMs;
    this.#timer = setInterval(() => {
      const nowMs = performance.now();
      // Half of it is the past, so that one long pause, as of the garbage collector, is no lasting lag.
      this.#lagMs = (this.#lagMs + Math.max(0, nowMs - this.#dueMs)) / 2;
      this.#dueMs = nowMs + this.#everyMs;
    }, everyMs).unref();
  }

  utilisation(): number {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, this.#last);
    this.#last = now;
    return Number.isFinite(utilization) ? utilization : 0;
  }

  lagMs(): number {
    return this.#lagMs;
  }

  close(): void {
    clearInterval(this.#timer);
  }
}

/** All threads of the process on the cores that it may use. */
export class ProcessLoad implements LoadSource {
  readonly threads: number;
  #lastCpu: NodeJS.CpuUsage = process.cpuUsage();
  #lastMs: number = performance.now();

  /** @param cores that the process may use; a fraction where a container has a quota */
  constructor(cores: number) {
    this.threads = cores;
  }

  utilisation(): number {
    const nowMs = performance.now();
    const { user, system } = process.cpuUsage(this.#lastCpu);
    const share = (user + system) / 1000 / Math.max(1, nowMs - this.#lastMs) / this.threads;
    this.#lastCpu = process.cpuUsage();
    this.#lastMs = nowMs;
    return Math.min(1, share);
  }

  lagMs(): number {
    return 0;
  }
}
