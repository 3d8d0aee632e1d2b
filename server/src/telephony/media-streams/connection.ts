/**
 * A connection of a maker of telephony: waits for `start`, opens a session for each stream, and ends them at `stop`, when
 * the connection is gone, or when nothing has come for a long time. Calls are never cut over one bad message.
 */
import { UndertoneError } from '@undertone/core';
import { type RawData, WebSocket } from 'ws';
import type { Session } from '../../session/session.ts';
import type { SessionServices, SessionTransport } from '../../session/session-services.ts';
import { asUndertoneError } from '../../transport/as-undertone-error.ts';
import { type LeftOut, MediaStreamCall } from './call.ts';
import type { Flavour } from './flavour.ts';
import { MediaScanner } from './media-scanner.ts';
import { type Hears, parseMediaStreamMessage, type StartMessage, scannedMedia } from './messages.ts';
import { type StreamSetup, setUpStream } from './stream-setup.ts';
import { MediaStreamTransport } from './transport.ts';

export interface ConnectionOptions {
  readonly flavour: Flavour;
  readonly socket: WebSocket;
  readonly services: SessionServices;
  /** @throws UndertoneError for whoever may not have this stream */
  readonly open: (setup: StreamSetup, transport: SessionTransport) => Promise<Session>;
  readonly onRefused: (error: UndertoneError) => void;
  readonly onClosed: () => void;
}

/** Streams of one connection. */
const maxStreams = 4;
/** Messages that wait while a stream is being opened. */
const maxWaiting = 512;
const startDeadlineMs = 10_000;
/** Of one connection, that the log tells of: streams can be asked for without end. */
const maxToldRefusals = 8;

export class MediaStreamConnection {
  readonly #options: ConnectionOptions;
  readonly #calls = new Map<string, MediaStreamCall>();
  readonly #scanner: MediaScanner;
  readonly #hears: Hears = (stream, track) => this.#calls.get(stream)?.hears(track) ?? true;
  /** Looked up once: half of all messages are left out. */
  readonly #otherTrack: { inc(count: number): void };
  readonly #watch: NodeJS.Timeout;
  #startDeadline: NodeJS.Timeout | undefined;
  /** Set while a stream is being opened. */
  #waiting: string[] | null = null;
  #heardAtMs: number;
  #missedPongs = 0;
  #isClosed = false;
  #isRefusing = false;
  #refusals = 0;
  /** Streams that hold the socket, which is read when none does. */
  readonly #holders = new Set<MediaStreamTransport>();

  constructor(options: ConnectionOptions) {
    this.#options = options;
    const { socket, services, flavour } = options;
    this.#scanner = new MediaScanner(flavour);
    const labels = { transport: flavour.name, reason: 'other_track' };
    this.#otherTrack = services.metrics.telephonyLeftOut.labels(labels);
    this.#heardAtMs = services.now();
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    socket.on('pong', () => {
      this.#missedPongs = 0;
    });
    // Always followed by `close`.
    socket.on('error', () => {});
    socket.on('close', () => this.#closed());
    this.#startDeadline = setTimeout(() => this.#refuse(noStart()), startDeadlineMs);
    // Often enough for the idle limit of sessions, which knows nothing of silence that is not sent.
    this.#watch = setInterval(() => this.#checkIdle(), Math.max(25, services.config.idleTimeoutMs / 3));
  }

  ping(): void {
    const { socket } = this.#options;
    if (this.#missedPongs >= 2) socket.terminate();
    else if (socket.readyState === WebSocket.OPEN && !socket.isPaused) {
      this.#missedPongs++;
      socket.ping();
    }
  }

  terminate(): void {
    this.#options.socket.terminate();
  }

  #receive(data: RawData, isBinary: boolean): void {
    this.#heardAtMs = this.#options.services.now();
    if (isBinary) {
      this.#leaveOut('bad_message', 1);
      return;
    }
    if (!this.#takeScanned(data as Buffer)) this.#take(data.toString());
  }

  /** Most messages are audio of a call that goes on. @returns whether this was one */
  #takeScanned(bytes: Buffer): boolean {
    const scanner = this.#scanner;
    if (this.#isRefusing || this.#waiting || !scanner.scan(bytes)) return false;
    const call = this.#calls.get(scanner.stream);
    if (!call) return false;
    try {
      const message = scannedMedia(scanner, this.#hears);
      if (message) call.media(message);
      return message !== null;
    } catch (cause) {
      call.session.defect(cause);
      return true;
    }
  }

  #take(text: string): void {
    // Closed from here: the other side may take long to note it, and may not open streams meanwhile.
    if (this.#isRefusing) return;
    if (!this.#waiting) this.#handle(text);
    else if (this.#waiting.length < maxWaiting) this.#waiting.push(text);
    else this.#leaveOut('lost', 1);
  }

  #handle(text: string): void {
    try {
      const message = parseMediaStreamMessage(text, this.#options.flavour, this.#hears);
      if (message.type === 'start') void this.#start(message);
      else if (message.type === 'other' && message.stream === null) return;
      else this.#toCall(message);
    } catch (cause) {
      if (!(cause instanceof UndertoneError)) {
        for (const call of this.#calls.values()) call.session.defect(cause);
        return;
      }
      this.#options.services.metrics.errors.inc({ code: cause.code });
      this.#leaveOut('bad_message', 1);
    }
  }

  #toCall(message: Exclude<ReturnType<typeof parseMediaStreamMessage>, StartMessage>): void {
    const call = message.stream === null ? undefined : this.#calls.get(message.stream);
    // Before `start`, after `stop`, or of a stream that was never opened here.
    if (!call) this.#leaveOut('other_stream', 1);
    else if (message.type === 'media') call.media(message);
    else if (message.type === 'stop') call.end();
    else call.other(message.sequence);
  }

  async #start(start: StartMessage): Promise<void> {
    const { flavour, socket, open } = this.#options;
    if (this.#calls.has(start.stream) || this.#calls.size >= maxStreams) {
      this.#leaveOut('other_stream', 1);
      return;
    }
    clearTimeout(this.#startDeadline);
    this.#waiting = [];
    try {
      const setup = setUpStream(start);
      const transport = new MediaStreamTransport(flavour.name, socket, this.#holders, (code, reason) =>
        this.#ended(start.stream, code, reason),
      );
      const session = await open(setup, transport);
      const call = new MediaStreamCall(start, setup.tracks, session, (reason, count) =>
        this.#leaveOut(reason, count),
      );
      if (session.isClosed) this.#closeIfDone(1011, 'internal');
      else this.#calls.set(start.stream, call);
    } catch (cause) {
      this.#refuse(asUndertoneError(cause, 'Opening a stream failed.', this.#options.services.log));
    } finally {
      const waiting = this.#waiting;
      this.#waiting = null;
      for (const text of waiting ?? []) this.#take(text);
      // Gone while the stream was being opened: after what had come until then.
      if (this.#isClosed && !this.#waiting) for (const call of this.#calls.values()) call.end();
    }
  }

  /** The session is over. */
  #ended(stream: string, code: number, reason: string): void {
    this.#calls.delete(stream);
    if (!this.#waiting) this.#closeIfDone(code, reason);
  }

  #closeIfDone(code: number, reason: string): void {
    if (this.#calls.size > 0) return;
    this.#isRefusing = true;
    const { socket } = this.#options;
    if (socket.readyState === WebSocket.OPEN) socket.close(code, reason);
  }

  #refuse(error: UndertoneError): void {
    const { services, flavour, onRefused } = this.#options;
    onRefused(error);
    // The other side shows nobody why, so it has to be found here.
    if (++this.#refusals <= maxToldRefusals)
      services.log.warn({ transport: flavour.name, code: error.code, reason: error.message }, 'call refused');
    this.#closeIfDone(error.spec.closeCode, error.code);
  }

  /** Silence may not be sent at all, so that only a long one says that the call is over. */
  #checkIdle(): void {
    const { services } = this.#options;
    const isIdle = services.now() - this.#heardAtMs > services.config.telephonyIdleSeconds * 1000;
    for (const call of this.#calls.values()) {
      if (isIdle) call.end();
      else call.session.receive({ type: 'KeepAlive' });
    }
  }

  #leaveOut(reason: LeftOut, count: number): void {
    const { services, flavour } = this.#options;
    if (reason === 'other_track') this.#otherTrack.inc(count);
    else services.metrics.telephonyLeftOut.inc({ transport: flavour.name, reason }, count);
  }

  /** The end of the call may be told by nothing else. What was heard is judged to the end. */
  #closed(): void {
    this.#isClosed = true;
    clearTimeout(this.#startDeadline);
    clearInterval(this.#watch);
    for (const call of this.#calls.values()) call.end();
    this.#options.onClosed();
  }
}

function noStart(): UndertoneError {
  return new UndertoneError('bad_message', `Expected start within ${startDeadlineMs} ms; it did not come.`);
}
