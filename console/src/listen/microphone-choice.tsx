import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

export interface MicrophoneChoiceProps {
  readonly deviceId: string;
  readonly onChange: (deviceId: string) => void;
}

export function MicrophoneChoice({ deviceId, onChange }: MicrophoneChoiceProps): JSX.Element {
  const devices = useMicrophones();
  return (
    <label class="field">
      Microphone
      <select value={deviceId} onChange={(event) => onChange(event.currentTarget.value)}>
        <option value="">The system's</option>
        {devices.map((device) => (
          <option key={device.deviceId} value={device.deviceId}>
            {device.label}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Those whose names the browser tells, which is after the microphone was allowed once. */
function useMicrophones(): readonly MediaDeviceInfo[] {
  const [devices, setDevices] = useState<readonly MediaDeviceInfo[]>([]);
  useEffect(() => {
    const { mediaDevices } = navigator;
    // Not there on pages that are neither local nor secure.
    if (!mediaDevices) return undefined;
    const read = (): void => {
      mediaDevices.enumerateDevices().then(
        (found) =>
          setDevices(
            found.filter(
              ({ kind, label, deviceId }) => kind === 'audioinput' && label && deviceId !== 'default',
            ),
          ),
        () => setDevices([]),
      );
    };
    read();
    mediaDevices.addEventListener('devicechange', read);
    return () => mediaDevices.removeEventListener('devicechange', read);
  }, []);
  return devices;
}
