/**
 * What a program is told of its network and of its own sleep. Browsers tell when they are online and when a page is frozen;
 * that the machine slept shows everywhere in a timer that comes much too late.
 */
export interface NetworkHandlers {
  /** The network is back: worth trying at once. */
  readonly onOnline: () => void;
  /** The page stops now; what was open will be gone when it goes on. */
  readonly onFrozen: () => void;
  /** The page or the machine slept: servers have given it up in the meantime. */
  readonly onWoken: () => void;
}

const tickMs = 2000;
/** Servers end a stream after 10 s of silence. */
const sleptMs = 8000;

export class NetworkWatch {
  readonly #handlers: NetworkHandlers;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #page: EventTarget | null = typeof document === 'undefined' ? null : document;
  readonly #global: EventTarget | null =
    typeof globalThis.addEventListener === 'function' ? (globalThis as unknown as EventTarget) : null;
  /** Of the wall clock: others may stand still while the machine sleeps. */
  #lastTickMs = Date.now();

  constructor(handlers: NetworkHandlers) {
    this.#handlers = handlers;
    this.#timer = setInterval(() => this.checkSleep(), tickMs);
    // A timer that only watches keeps no program of Node alive.
    (this.#timer as { unref?: () => void }).unref?.();
    this.#global?.addEventListener('online', handlers.onOnline);
    this.#page?.addEventListener('freeze', handlers.onFrozen);
    this.#page?.addEventListener('resume', handlers.onWoken);
  }

  /** Browsers may say so although this machine itself can be reached. */
  get isOffline(): boolean {
    return typeof navigator !== 'undefined' && navigator.onLine === false;
  }

  /** To be asked before something is believed that came while nobody was awake. */
  checkSleep(): void {
    const nowMs = Date.now();
    const slept = nowMs - this.#lastTickMs > sleptMs;
    this.#lastTickMs = nowMs;
    if (slept) this.#handlers.onWoken();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#global?.removeEventListener('online', this.#handlers.onOnline);
    this.#page?.removeEventListener('freeze', this.#handlers.onFrozen);
    this.#page?.removeEventListener('resume', this.#handlers.onWoken);
  }
}
