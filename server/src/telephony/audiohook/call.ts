/**
 * A call of Genesys Cloud: the state machine of AudioHook v2. The client runs the protocol: it opens, closes and ends the
 * connection; what is wrong is answered by asking it to.
 */
import { UndertoneError } from '@undertone/core';
import type { ServerMessage, StreamQuery } from '@undertone/proto';
import { WebSocket } from 'ws';
import type { Session } from '../../session/session.ts';
import type { SessionServices, SessionTransport } from '../../session/session-services.ts';
import { asUndertoneError } from '../../transport/as-undertone-error.ts';
import { EventPace } from './event-pace.ts';
import { type ClientEnvelope, type Media, parseEnvelope, readDiscarded, readOpen } from './messages.ts';
import { setUpAudiohook } from './stream-setup.ts';

export interface AudiohookOptions {
  readonly socket: WebSocket;
  readonly services: SessionServices;
  /** Of the headers; null where the client did not say. */
  readonly sessionId: string | null;
  readonly organizationId: string | null;
  /** @throws UndertoneError for whoever may not have this stream */
  readonly open: (query: StreamQuery, transport: SessionTransport) => Promise<Session>;
  readonly onRefused: (error: UndertoneError) => void;
  readonly onClosed: () => void;
}

type State = 'preparing' | 'opening' | 'active' | 'paused' | 'closing' | 'closed' | 'disconnecting';

/** For the client to open, and to end the connection after what ends the session. */
const openDeadlineMs = 10_000;
const endDeadlineMs = 10_000;
/** Half of what the client is known to bear. */
const eventEveryMs = 500;
const maxWaitingEvents = 16;
const maxWaitingMessages = 64;
/** Of the client, that the log tells of. */
const maxToldErrors = 8;

export class AudiohookCall implements SessionTransport {
  readonly name = 'audiohook';
  readonly #options: AudiohookOptions;
  readonly #events: EventPace<ServerMessage>;
  #state: State = 'preparing';
  #id: string | null;
  #seq = 0;
  #clientSeq = 0;
  /** Null until it is selected, and where nothing is to be heard. */
  #media: Media | null = null;
  #session: Session | null = null;
  #deadline: NodeJS.Timeout;
  /** What comes while a session is being opened. */
  #waiting: { data: Buffer; isBinary: boolean }[] | null = null;
  #missedPongs = 0;
  #isGone = false;
  #errors = 0;

  constructor(options: AudiohookOptions) {
    this.#options = options;
    this.#id = options.sessionId;
    this.#events = new EventPace({
      everyMs: eventEveryMs,
      maxWaiting: maxWaitingEvents,
      send: (message) => this.#send('event', { entities: [{ type: 'undertone.emotion', data: message }] }),
      onDropped: () => this.#leaveOut('event'),
    });
    const { socket } = options;
    socket.on('message', (data, isBinary) => this.#receive(data as Buffer, isBinary));
    socket.on('pong', () => {
      this.#missedPongs = 0;
    });
    // Always followed by `close`.
    socket.on('error', () => {});
    socket.on('close', () => this.#closed());
    this.#deadline = setTimeout(() => socket.close(1008, 'idle_timeout'), openDeadlineMs);
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

  get bufferedBytes(): number {
    return this.#options.socket.bufferedAmount;
  }

  /** A message of the session. Genesys has no use for any but may show results that it is told. */
  send(message: ServerMessage): void {
    const isFinal = message.type === 'Emotion' && message.is_final;
    if (isFinal && this.#options.services.config.audiohookEvents && this.#isOpen) this.#events.push(message);
  }

  pause(): void {
    if (this.#options.socket.readyState === WebSocket.OPEN) this.#options.socket.pause();
  }

  resume(): void {
    if (this.#options.socket.isPaused) this.#options.socket.resume();
  }

  /** The session is over: because the client closed, or because the server wants it so. */
  close(code: number, reason: string): void {
    this.resume();
    this.#session = null;
    if (this.#state === 'closing') {
      this.#events.flush();
      this.#finish();
    } else this.#disconnect(code === 1000 || code === 1001 ? 'completed' : 'error', reason);
  }

  get #isOpen(): boolean {
    return this.#state === 'active' || this.#state === 'paused' || this.#state === 'closing';
  }

  #receive(data: Buffer, isBinary: boolean): void {
    if (this.#waiting) {
      this.#waiting.push({ data, isBinary });
      if (this.#waiting.length > maxWaitingMessages) this.#options.socket.terminate();
      return;
    }
    try {
      if (isBinary) this.#receiveAudio(data);
      else this.#receiveText(data.toString('utf8'));
    } catch (cause) {
      const error = asUndertoneError(
        cause,
        'Handling a message of this call failed.',
        this.#options.services.log,
      );
      this.#options.services.metrics.errors.inc({ code: error.code });
      this.#disconnect('error', `${error.code}: ${error.message}`);
      this.#endSession();
    }
  }

  #receiveAudio(bytes: Uint8Array): void {
    // Of a probe, or sent before the client knew.
    if (this.#state === 'disconnecting' || this.#state === 'closing') return;
    if (this.#state !== 'active') throw wrongState('audio', this.#state);
    if (!this.#media)
      throw new UndertoneError('bad_message', 'Expected no audio where none was selected; got some.');
    const frameBytes = (this.#media.format === 'L16' ? 2 : 1) * this.#media.channels.length;
    if (bytes.length % frameBytes !== 0)
      throw new UndertoneError(
        'bad_audio',
        `Expected whole samples of ${frameBytes} bytes; got ${bytes.length} bytes.`,
      );
    this.#session?.receiveAudio(bytes);
  }

  #receiveText(text: string): void {
    const message = parseEnvelope(text);
    if (message.seq !== this.#clientSeq + 1)
      throw new UndertoneError('bad_message', `Expected seq ${this.#clientSeq + 1}; got ${message.seq}.`);
    this.#clientSeq = message.seq;
    if (message.serverseq > this.#seq)
      throw new UndertoneError(
        'bad_message',
        `Expected serverseq of at most ${this.#seq}; got ${message.serverseq}.`,
      );
    this.#id ??= message.id;
    if (message.id !== this.#id)
      throw new UndertoneError('bad_message', 'Expected the id of the session; got another.');
    if (this.#session) this.#session.receive({ type: 'KeepAlive' });
    else if (this.#state === 'active' || this.#state === 'paused') this.#deadline.refresh();
    this.#dispatch(message);
  }

  #dispatch({ type, parameters }: ClientEnvelope): void {
    const { services } = this.#options;
    switch (type) {
      case 'open':
        if (this.#state !== 'preparing') throw wrongState(type, this.#state);
        void this.#open(parameters);
        return;
      case 'close':
        this.#close();
        return;
      case 'ping':
        this.#send('pong', {});
        return;
      case 'update':
        if (this.#isOpen) this.#send('updated', {});
        return;
      case 'paused':
        if (this.#state === 'active') this.#state = 'paused';
        return;
      case 'resumed':
        this.#missing(readDiscarded(parameters));
        if (this.#state === 'paused') this.#state = 'active';
        return;
      case 'discarded':
        this.#missing(readDiscarded(parameters));
        return;
      case 'error':
        // What it does about it is the client's to decide.
        if (++this.#errors <= maxToldErrors)
          services.log.warn(
            { transport: this.name, error: String(parameters.code).slice(0, 20) },
            'client reports an error',
          );
        return;
      // Of the bidirectional flavour.
      case 'dtmf':
      case 'playback_started':
      case 'playback_completed':
        return;
      default:
        throw new UndertoneError(
          'bad_message',
          `Expected a message of AudioHook; got type "${type.slice(0, 80)}".`,
        );
    }
  }

  async #open(parameters: ClientEnvelope['parameters']): Promise<void> {
    const { organizationId, open, services, onRefused } = this.#options;
    this.#state = 'opening';
    clearTimeout(this.#deadline);
    this.#waiting = [];
    try {
      const asked = readOpen(parameters);
      if (organizationId !== null && organizationId !== asked.organizationId) {
        this.#disconnect('unauthorized', 'Expected organizationId to be that of the header.');
        return;
      }
      const setup = setUpAudiohook(asked);
      this.#media = setup?.media ?? null;
      // A probe is no call: nothing is counted, and nothing goes to sinks.
      if (setup && !asked.isProbe) this.#session = await open(setup.query, this);
      if (this.#state !== 'opening') return;
      this.#state = 'active';
      if (!this.#session) this.#limitSilence();
      this.#send('opened', {
        media: this.#media ? [this.#media] : [],
        startPaused: false,
        ...(asked.supportedLanguages ? { supportedLanguages: [] } : {}),
      });
    } catch (cause) {
      const error = asUndertoneError(cause, 'Opening a call failed.', services.log);
      onRefused(error);
      services.log.warn({ transport: this.name, code: error.code, reason: error.message }, 'call refused');
      this.#disconnect('error', `${error.code}: ${error.message}`);
    } finally {
      const waiting = this.#waiting ?? [];
      this.#waiting = null;
      for (const { data, isBinary } of waiting) this.#receive(data, isBinary);
      if (this.#isGone) this.#leave();
    }
  }

  /** Of a connection without audio, whose session would know. */
  #limitSilence(): void {
    const { socket, services } = this.#options;
    this.#deadline = setTimeout(
      () => socket.close(1008, 'idle_timeout'),
      services.config.telephonyIdleSeconds * 1000,
    );
  }

  /** The client ends the session; it is told when the last result is out. */
  #close(): void {
    if (this.#state === 'closing' || this.#state === 'closed') return;
    this.#state = 'closing';
    if (this.#session) this.#session.receive({ type: 'CloseStream' });
    else this.#finish();
  }

  #finish(): void {
    this.#send('closed', {});
    this.#state = 'closed';
    this.#expectEnd();
  }

  /** Asks the client to close. */
  #disconnect(reason: 'completed' | 'unauthorized' | 'error', info: string): void {
    if (this.#state === 'closing' || this.#state === 'closed' || this.#state === 'disconnecting') return;
    this.#state = 'disconnecting';
    this.#send('disconnect', { reason, info });
    this.#expectEnd();
  }

  #expectEnd(): void {
    clearTimeout(this.#deadline);
    if (!this.#isGone) this.#deadline = setTimeout(() => this.#options.socket.terminate(), endDeadlineMs);
  }

  #missing(seconds: number): void {
    const samples = Math.round(seconds * 8000);
    const isHeard = this.#state === 'active' || this.#state === 'paused';
    if (isHeard && samples > 0) this.#session?.receive({ type: 'Gap', samples });
  }

  #send(type: string, parameters: object): void {
    const { socket } = this.#options;
    if (socket.readyState !== WebSocket.OPEN) return;
    const id = this.#id ?? '00000000-0000-0000-0000-000000000000';
    this.#seq++;
    socket.send(
      JSON.stringify({ version: '2', type, id, seq: this.#seq, clientseq: this.#clientSeq, parameters }),
    );
  }

  /** What was heard is judged to the end, whoever is left to tell. */
  #endSession(): void {
    this.#session?.receive({ type: 'CloseStream' });
  }

  #leaveOut(reason: 'event'): void {
    this.#options.services.metrics.telephonyLeftOut.inc({ transport: this.name, reason });
  }

  #closed(): void {
    this.#isGone = true;
    if (this.#state !== 'opening') this.#leave();
    this.#options.onClosed();
  }

  /** Nobody is there any more who could be told. */
  #leave(): void {
    clearTimeout(this.#deadline);
    this.#endSession();
    this.#state = 'closed';
    this.#events.flush();
  }
}

function wrongState(what: string, state: State): UndertoneError {
  return new UndertoneError('bad_message', `Expected no ${what} in state ${state}; got it.`);
}
