/** Where the stream of a live input comes from, and whose it is. */

export interface LiveSource {
  readonly stream: MediaStream;
  /** Of the device or the track, as they are now. */
  readonly settings: Readonly<Record<string, string>>;
  /** No track can give audio any more. */
  readonly isEnded: boolean;
  /** The system or the sender gives silence only. */
  readonly isMuted: boolean;
  /** Gets another stream into `stream` when the one there is has ended; null where that is the end. */
  readonly reopen: (() => Promise<void>) | null;
  onEnded: () => void;
  onMute: () => void;
  /** Whether the device may hear, where it is ours. */
  setHearing(isHearing: boolean): void;
  /** Idempotent. */
  release(): void;
}

/** Watches the audio tracks of a stream. @returns a function that ends that */
export function watchTracks(stream: MediaStream, onEnded: () => void, onMute: () => void): () => void {
  const off = new AbortController();
  for (const track of stream.getAudioTracks()) {
    track.addEventListener('ended', onEnded, { signal: off.signal });
    track.addEventListener('mute', onMute, { signal: off.signal });
    track.addEventListener('unmute', onMute, { signal: off.signal });
  }
  return () => off.abort();
}

export function allEnded(stream: MediaStream): boolean {
  return stream.getAudioTracks().every((track) => track.readyState === 'ended');
}

export function allMuted(stream: MediaStream): boolean {
  return stream.getAudioTracks().every((track) => track.muted);
}

const processing = ['echoCancellation', 'autoGainControl', 'noiseSuppression'] as const;

/** What is done to the audio, and `(asked OTHER)` where that is not what was asked for. Never a name or an id. */
export function trackSettings(
  stream: MediaStream,
  deviceKind: string,
  asked: Readonly<Partial<Record<(typeof processing)[number], boolean>>> = {},
): Readonly<Record<string, string>> {
  const granted: MediaTrackSettings = stream.getAudioTracks()[0]?.getSettings() ?? {};
  const settings: Record<string, string> = { deviceKind };
  for (const name of processing) {
    const wanted = asked[name];
    const value = granted[name] === undefined ? 'unknown' : String(granted[name]);
    if (value === 'unknown' && wanted === undefined) continue;
    settings[name] = wanted === undefined || value === String(wanted) ? value : `${value} (asked ${wanted})`;
  }
  return settings;
}
