/** A real Chromium with a profile of its own, and a microphone that plays a WAV file, is refused, or is not there. */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

export type Microphone =
  /** Plays the file over and over; anywhere in it when it is opened. The page may use it without being asked. */
  | { readonly wav: string }
  /** Beeps once a second. The page may use it without being asked. */
  | 'beeps'
  /** There is one; the user says no. */
  | 'refused'
  /** No audio input at all. */
  | 'none';

export interface ChromiumOptions {
  /** Default none. */
  readonly microphone?: Microphone;
  readonly args?: readonly string[];
}

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** @throws Error when there is no Chromium; `UNDERTONE_CHROMIUM` names one elsewhere */
export function chromiumPath(): string {
  const named = process.env.UNDERTONE_CHROMIUM;
  const found = (named ? [named] : places).find((place) => existsSync(place));
  if (found) return found;
  throw new Error(
    `Expected Chromium at ${named ?? places.join(' or ')}: install it or set UNDERTONE_CHROMIUM.`,
  );
}

export function launchChromium(options: ChromiumOptions = {}): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath(),
    chromiumSandbox: false,
    args: [
      '--autoplay-policy=no-user-gesture-required',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
      '--disable-quic',
      ...microphoneFlags(options.microphone ?? 'none'),
      ...(options.args ?? []),
    ],
  });
}

function microphoneFlags(microphone: Microphone): string[] {
  const device = '--use-fake-device-for-media-stream';
  const accept = '--use-fake-ui-for-media-stream';
  // The machines that tests run on have none of their own.
  if (microphone === 'none') return [accept];
  if (microphone === 'refused') return [device, '--deny-permission-prompts'];
  if (microphone === 'beeps') return [device, accept];
  return [device, accept, `--use-file-for-fake-audio-capture=${microphone.wav}`];
}
