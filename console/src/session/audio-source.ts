/** Where the audio of a session comes from. */
import type { AudioInput } from '@undertone/client-sdk/browser';
import { fromFile, microphone } from '@undertone/client-sdk/browser';
import type { Settings } from './settings.ts';

export interface AudioSource {
  readonly name: string;
  readonly isLive: boolean;
  open(settings: Settings): Promise<AudioInput>;
}

export const microphoneSource: AudioSource = {
  name: 'Microphone',
  isLive: true,
  open: ({ deviceId }) => microphone(deviceId === '' ? {} : { deviceId }),
};

export function fileSource(file: File): AudioSource {
  return { name: file.name, isLive: false, open: (settings) => openFile(file, settings) };
}

/** A call of two actors; its licence lies beside it. */
export const demoSource: AudioSource = {
  name: 'Demo call',
  isLive: false,
  open: async (settings) => {
    const url = new URL('../../../demo/call.wav', import.meta.url);
    const response = await fetch(url);
    if (!response.ok) throw new Error(`Expected the demo call at ${url}; got status ${response.status}.`);
    return openFile(await response.blob(), settings);
  },
};

/** In packets as a microphone has them: latency is counted from them. */
function openFile(file: Blob, { realTime }: Settings): Promise<AudioInput> {
  return fromFile(file, { realTime, packetMs: 40 });
}
