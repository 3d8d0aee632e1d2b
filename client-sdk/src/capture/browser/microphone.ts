import { UndertoneError } from '@undertone/core';
import { abortedError, insecureError, lostError, microphoneError } from './capture-errors.ts';
import type { CaptureInput } from './capture-input.ts';
import { type CaptureOptions, toCaptureSettings } from './capture-options.ts';
import { LiveInput } from './live-input.ts';
import { allEnded, allMuted, type LiveSource, trackSettings, watchTracks } from './live-source.ts';

interface Processing {
  readonly echoCancellation: boolean;
  readonly autoGainControl: boolean;
  readonly noiseSuppression: boolean;
}

export interface MicrophoneOptions extends CaptureOptions, Partial<Processing> {
  /** One of `audioInputs()`. Default: the system's. */
  readonly deviceId?: string;
  /** Default true: else a call hears its other side too. */
  readonly echoCancellation?: boolean;
  /** Default false: it evens out what tells emotions apart. */
  readonly autoGainControl?: boolean;
  /** Default false, for the same reason. */
  readonly noiseSuppression?: boolean;
  /** When the device is unplugged: go on with the default one, or fail with `microphone_lost`. Default reopen. */
  readonly onDeviceLost?: 'reopen' | 'fail';
}

/**
 * Opens a microphone; the browser asks the user. Call it from a click. Give it to `Recognizer.listen`, or `stop` it.
 * @throws UndertoneError `microphone_denied`, `microphone_not_found`, `microphone_in_use`, `microphone_unavailable`,
 * `audio_context_blocked`, `unsupported_platform`, `asset_not_found`, `refused_by_page`, `bad_parameter`, `aborted`
 */
export async function microphone(options: MicrophoneOptions = {}): Promise<CaptureInput> {
  const settings = toCaptureSettings(options);
  const { onDeviceLost = 'reopen' } = options;
  if (onDeviceLost !== 'reopen' && onDeviceLost !== 'fail') {
    const expected = 'Expected onDeviceLost to be reopen or fail';
    throw new UndertoneError('bad_parameter', `${expected}; got ${String(onDeviceLost).slice(0, 40)}.`);
  }
  if (settings.signal?.aborted) throw abortedError(settings.signal);
  const processing: Processing = {
    echoCancellation: options.echoCancellation ?? true,
    autoGainControl: options.autoGainControl ?? false,
    noiseSuppression: options.noiseSuppression ?? false,
  };
  const source = await DeviceSource.open(processing, settings.channels, options.deviceId, onDeviceLost);
  return LiveInput.open(source, settings);
}

class DeviceSource implements LiveSource {
  onEnded: () => void = () => {};
  onMute: () => void = () => {};
  readonly reopen: () => Promise<void>;
  readonly #processing: Processing;
  #stream: MediaStream;
  #unwatch: () => void;
  #isHearing = true;
  #isReleased = false;

  static async open(
    processing: Processing,
    channels: number,
    deviceId: string | undefined,
    onDeviceLost: 'reopen' | 'fail',
  ): Promise<DeviceSource> {
    const stream = await openDevice(processing, channels, deviceId);
    return new DeviceSource(processing, channels, stream, onDeviceLost);
  }

  private constructor(
    processing: Processing,
    channels: number,
    stream: MediaStream,
    onDeviceLost: 'reopen' | 'fail',
  ) {
    this.#processing = processing;
    this.#stream = stream;
    this.#unwatch = this.#watch();
    this.reopen = async () => {
      if (onDeviceLost === 'fail') throw lostError();
      const other = await openDevice(processing, channels, undefined);
      if (this.#isReleased) return stopTracks(other);
      this.#unwatch();
      this.#stream = other;
      this.setHearing(this.#isHearing);
      this.#unwatch = this.#watch();
      this.onMute();
    };
  }

  get stream(): MediaStream {
    return this.#stream;
  }

  get settings(): Readonly<Record<string, string>> {
    return trackSettings(this.#stream, 'microphone', this.#processing);
  }

  get isEnded(): boolean {
    return allEnded(this.#stream);
  }

  get isMuted(): boolean {
    return allMuted(this.#stream);
  }

  setHearing(isHearing: boolean): void {
    this.#isHearing = isHearing;
    for (const track of this.#stream.getAudioTracks()) track.enabled = isHearing;
  }

  release(): void {
    this.#isReleased = true;
    this.#unwatch();
    stopTracks(this.#stream);
  }

  #watch(): () => void {
    return watchTracks(
      this.#stream,
      () => this.onEnded(),
      () => this.onMute(),
    );
  }
}

function stopTracks(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}

async function openDevice(
  processing: Processing,
  channels: number,
  deviceId: string | undefined,
): Promise<MediaStream> {
  // Not there on pages from an insecure origin, whatever its type says.
  const devices: MediaDevices | undefined = globalThis.navigator?.mediaDevices;
  if (!devices) throw insecureError();
  const device = deviceId === undefined ? {} : { deviceId: { exact: deviceId } };
  try {
    return await devices.getUserMedia({
      audio: { ...processing, ...device, channelCount: { ideal: channels } },
    });
  } catch (error) {
    throw microphoneError(error);
  }
}
