import { insecureError } from './capture-errors.ts';

export interface AudioInputDevice {
  /** For `microphone({ deviceId })`. Empty until the user has allowed a microphone. */
  readonly deviceId: string;
  /** Of devices that belong together, such as a headset's microphone and speaker. */
  readonly groupId: string;
  /** For people. Empty until the user has allowed a microphone. */
  readonly label: string;
}

export interface AudioInputs {
  /** `unknown` where the browser does not tell. */
  readonly permission: 'granted' | 'denied' | 'prompt' | 'unknown';
  readonly devices: readonly AudioInputDevice[];
}

/**
 * Microphones of this device. Asks the user nothing. `navigator.mediaDevices` fires `devicechange` when they change.
 * @throws UndertoneError `unsupported_platform` on a page from an insecure origin
 */
export async function audioInputs(): Promise<AudioInputs> {
  // Not there on pages from an insecure origin, whatever its type says.
  const devices: MediaDevices | undefined = globalThis.navigator?.mediaDevices;
  if (!devices) throw insecureError();
  const [permission, all] = await Promise.all([microphonePermission(), devices.enumerateDevices()]);
  return {
    permission,
    devices: all
      .filter(({ kind }) => kind === 'audioinput')
      .map(({ deviceId, groupId, label }) => ({ deviceId, groupId, label })),
  };
}

async function microphonePermission(): Promise<AudioInputs['permission']> {
  try {
    return (await navigator.permissions.query({ name: 'microphone' })).state;
  } catch {
    // Some browsers do not know the name.
    return 'unknown';
  }
}
