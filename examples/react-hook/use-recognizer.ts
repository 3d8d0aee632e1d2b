/** The microphone of a component, heard by a server or on the device. */
import { type Emotion, Recognizer, type RecognizerOptions, type Summary } from '@undertone/client-sdk';
import { type AudioInput, microphone } from '@undertone/client-sdk/browser';
import { useCallback, useEffect, useRef, useState } from 'react';

export interface Listening {
  readonly state: 'idle' | 'opening' | 'listening' | 'failed';
  /** The newest result, interim ones included. */
  readonly emotion: Emotion | null;
  /** Of the last stream that ended in order. */
  readonly summary: Summary | null;
  /** `code` is stable, `message` says what to do. */
  readonly error: Error | null;
  /** Call it from a click: browsers ask for the microphone then. */
  readonly start: () => void;
  readonly stop: () => void;
}

interface Running {
  voice: AudioInput | null;
  stopped: boolean;
}

/** `options` may be a new object at each render: they count when a stream starts. */
export function useRecognizer(options: RecognizerOptions): Listening {
  const [state, setState] = useState<Listening['state']>('idle');
  const [emotion, setEmotion] = useState<Emotion | null>(null);
  const [summary, setSummary] = useState<Summary | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const latest = useRef(options);
  latest.current = options;
  /** Until the stream is over; a microphone that is still being opened is stopped when it is there. */
  const running = useRef<Running | null>(null);

  const stop = useCallback(() => {
    if (!running.current) return;
    running.current.stopped = true;
    void running.current.voice?.stop();
  }, []);

  const start = useCallback(() => {
    if (running.current) return;
    const own: Running = { voice: null, stopped: false };
    running.current = own;
    setState('opening');
    setError(null);
    const listen = async (): Promise<void> => {
      const voice = await microphone();
      own.voice = voice;
      if (own.stopped) return voice.stop();
      setState('listening');
      const recognizer = new Recognizer(latest.current);
      recognizer.on('emotion', setEmotion);
      setSummary(await recognizer.listen(voice));
    };
    listen()
      .then(
        () => setState('idle'),
        (cause) => {
          setError(cause instanceof Error ? cause : new Error(String(cause)));
          setState('failed');
        },
      )
      .finally(() => {
        running.current = null;
      });
  }, []);

  useEffect(() => stop, [stop]);
  return { state, emotion, summary, error, start, stop };
}
