/** What a page sees of live audio: an `AudioInput` that can be muted, shows its level and tells what befalls it. */
import type { AudioGap, AudioInput } from '../../client/audio-input.ts';
import type { AudioLevel } from './level-meter.ts';

export type CaptureState =
  /** Audio comes. */
  | 'running'
  /** None comes: the browser or the system holds it, or the device is gone and another one is opened. Time goes on. */
  | 'interrupted'
  /** Stopped, or failed. */
  | 'ended';

export interface CaptureEvents {
  /** About twelve times a second; while it is muted too, as silence. */
  readonly level: [level: AudioLevel];
  readonly state: [state: CaptureState];
  /** By `mute` and `unmute`, or by the system or the sender. */
  readonly mute: [isMuted: boolean];
  /** Time went by without audio. */
  readonly gap: [gap: AudioGap];
  /** Another device is heard from here on; `settings` are its own. */
  readonly deviceChange: [settings: Readonly<Record<string, string>>];
}

/** Samples are `Int16Array`. Leaving the loop stops it. */
export interface CaptureInput extends AudioInput {
  readonly state: CaptureState;
  /** By `mute`, or by the system or the sender. */
  readonly isMuted: boolean;
  readonly level: AudioLevel;
  /** Samples per channel that became gaps of the reason `client`: never captured, or the reader was too slow. */
  readonly lostSamples: number;
  /** What is heard from here on becomes gaps of the reason `paused`; the clock goes on. A microphone hears nothing. */
  mute(): void;
  unmute(): void;
  /**
   * Asks the browser to let audio run again; call it from a click where it is `interrupted`.
   * @throws UndertoneError `audio_context_blocked` when it does not
   */
  resume(): Promise<void>;
  /** @returns a function that takes the listener off again */
  on<Name extends keyof CaptureEvents>(
    name: Name,
    listener: (...values: CaptureEvents[Name]) => void,
  ): () => void;
}
