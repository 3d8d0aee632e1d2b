/** Audio of streams and tracks that are somebody else's: calls, screens, other libraries. They are not stopped. */
import { UndertoneError } from '@undertone/core';
import type { CaptureInput } from './capture-input.ts';
import { type CaptureOptions, toCaptureSettings } from './capture-options.ts';
import { LiveInput } from './live-input.ts';
import { allEnded, allMuted, type LiveSource, trackSettings, watchTracks } from './live-source.ts';

/**
 * The audio of a stream, its tracks mixed. Ends when they all do; what is muted by its sender becomes gaps.
 * @throws UndertoneError `bad_parameter` without an audio track; `audio_context_blocked`, `unsupported_platform`,
 * `asset_not_found`, `refused_by_page`, `aborted`
 */
export async function fromMediaStream(
  stream: MediaStream,
  options: CaptureOptions = {},
): Promise<CaptureInput> {
  if (!(stream instanceof MediaStream) || stream.getAudioTracks().length === 0) {
    const got = stream instanceof MediaStream ? `${stream.getTracks().length} others` : typeof stream;
    const message = `Expected a MediaStream with an audio track; got ${got}.`;
    throw new UndertoneError('bad_parameter', message);
  }
  return openStream(stream, 'stream', options);
}

/**
 * One track, such as the remote one of a call (`RTCRtpReceiver.track`; LiveKit's `mediaStreamTrack`).
 * @throws UndertoneError as `fromMediaStream`
 */
export async function fromTrack(
  track: MediaStreamTrack,
  options: CaptureOptions = {},
): Promise<CaptureInput> {
  if (!(track instanceof MediaStreamTrack) || track.kind !== 'audio') {
    const got = track instanceof MediaStreamTrack ? `a ${track.kind} track` : typeof track;
    throw new UndertoneError('bad_parameter', `Expected an audio MediaStreamTrack; got ${got}.`);
  }
  return openStream(new MediaStream([track]), 'track', options);
}

/** `onRelease` frees what the stream was made from. */
export function openStream(
  stream: MediaStream,
  deviceKind: string,
  options: CaptureOptions,
  onRelease: () => void = () => {},
): Promise<LiveInput> {
  const settings = toCaptureSettings(options);
  return LiveInput.open(new ForeignSource(stream, deviceKind, onRelease), settings);
}

class ForeignSource implements LiveSource {
  readonly stream: MediaStream;
  readonly reopen: null = null;
  onEnded: () => void = () => {};
  onMute: () => void = () => {};
  readonly #deviceKind: string;
  readonly #unwatch: () => void;
  readonly #onRelease: () => void;
  /** Chromium decodes a remote track only while an element plays it, muted or not. */
  readonly #player: HTMLAudioElement;

  constructor(stream: MediaStream, deviceKind: string, onRelease: () => void) {
    this.stream = stream;
    this.#deviceKind = deviceKind;
    this.#onRelease = onRelease;
    this.#unwatch = watchTracks(
      stream,
      () => this.onEnded(),
      () => this.onMute(),
    );
    this.#player = new Audio();
    this.#player.muted = true;
    this.#player.srcObject = stream;
    this.#player.play().catch(() => {});
  }

  get settings(): Readonly<Record<string, string>> {
    return trackSettings(this.stream, this.#deviceKind);
  }

  get isEnded(): boolean {
    return allEnded(this.stream);
  }

  get isMuted(): boolean {
    return allMuted(this.stream);
  }

  /** Others may use the tracks: what is muted is dropped after it was captured. */
  setHearing(): void {}

  release(): void {
    this.#unwatch();
    this.#player.srcObject = null;
    this.#onRelease();
  }
}
