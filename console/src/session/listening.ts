/** One session of the page: audio from one source, recognised on the server, on this device, or on both at once. */
import { type Recognizer, UndertoneError } from '@undertone/client-sdk';
import type { AudioInput } from '@undertone/client-sdk/browser';
import { MessageLog } from '../model/message-log.ts';
import type { PlaceChoice } from '../model/place.ts';
import { WaveEnvelope } from '../model/wave-envelope.ts';
import type { AudioSource } from './audio-source.ts';
import { branchInput, isGap, type Packet } from './branch-input.ts';
import { Lane } from './lane.ts';
import { openRecognizer } from './open-recognizer.ts';
import type { Settings } from './settings.ts';

export type ListeningState = 'preparing' | 'running' | 'ending' | 'over';

/** More than what a reconnect of the SDK holds back. */
const maxQueuedSeconds = { live: 30, file: 0.5 };

export class Listening {
  readonly source: AudioSource;
  readonly lanes: readonly Lane[];
  readonly messages: MessageLog = new MessageLog();
  /** Null until the input is open. */
  envelope: WaveEnvelope | null = null;
  state: ListeningState = 'preparing';
  /** Why there is no audio; empty when there is. */
  failure = '';
  readonly #settings: Settings;
  readonly #onChange: () => void;
  readonly #startedAtMs: number = performance.now();
  readonly #abort = new AbortController();
  #input: AudioInput | null = null;

  constructor(source: AudioSource, choice: PlaceChoice, settings: Settings, onChange: () => void) {
    this.source = source;
    this.lanes = (choice === 'both' ? (['server', 'device'] as const) : [choice]).map(
      (place) => new Lane(place),
    );
    this.#settings = settings;
    this.#onChange = onChange;
  }

  /** Resolves when it is over; never rejects, what went wrong is in `failure` and in the lanes. */
  async run(): Promise<void> {
    try {
      this.#input = await this.source.open(this.#settings);
      if (this.state === 'ending') await this.#input.stop();
      else await this.#recognise(this.#input);
    } catch (cause) {
      this.failure = sentence(cause);
      this.#abort.abort();
    }
    this.state = 'over';
    this.#onChange();
  }

  /** Ends the audio; results of what was heard still come. */
  stop(): void {
    if (this.state === 'over') return;
    this.state = 'ending';
    this.#onChange();
    void this.#input?.stop();
  }

  /** Ends everything at once. */
  abort(): void {
    this.stop();
    this.#abort.abort();
  }

  async #recognise(input: AudioInput): Promise<void> {
    const envelope = new WaveEnvelope(input.format);
    this.envelope = envelope;
    this.state = 'running';
    const { isLive } = this.source;
    const branches = branchInput(input, this.lanes.length, {
      isLive,
      maxQueuedSeconds: isLive ? maxQueuedSeconds.live : maxQueuedSeconds.file,
      onPacket: (packet) => {
        draw(envelope, packet);
        this.#onChange();
      },
      onSent: (index, endSeconds) => this.lanes[index]!.latency.sent(endSeconds, performance.now()),
    });
    await Promise.all(this.lanes.map((lane, index) => this.#runLane(lane, branches[index]!)));
  }

  async #runLane(lane: Lane, input: AudioInput): Promise<void> {
    try {
      const recognizer = openRecognizer(lane.place, this.#settings, input.format, this.#abort.signal);
      this.#watch(recognizer, lane);
      lane.ended(await recognizer.listen(input));
    } catch (cause) {
      lane.failed(sentence(cause));
      // The other lane goes on.
      await input.stop();
    }
    this.#onChange();
  }

  #watch(recognizer: Recognizer, lane: Lane): void {
    const changing = (change: () => void): void => {
      change();
      this.#onChange();
    };
    recognizer.on('message', (message) =>
      changing(() => {
        const nowMs = performance.now();
        lane.message(message, nowMs);
        this.messages.add(lane.place, message, nowMs - this.#startedAtMs);
      }),
    );
    recognizer.on('reconnecting', (error, attempt) =>
      changing(() => lane.reconnecting(sentence(error), attempt)),
    );
    recognizer.on('reconnected', () => changing(() => lane.reconnected()));
    recognizer.on('fallback', (error) => changing(() => lane.fallenBack(sentence(error))));
  }
}

function draw(envelope: WaveEnvelope, packet: Packet): void {
  if (isGap(packet)) envelope.skip(packet.lostSamples);
  else envelope.add(packet);
}

/** What went wrong, with its code. */
function sentence(cause: unknown): string {
  if (cause instanceof UndertoneError) return `${cause.message} (${cause.code})`;
  return cause instanceof Error ? cause.message : String(cause);
}
