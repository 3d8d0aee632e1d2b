import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import type { AgentPurpose, DeviceModel, Settings, Speaker } from '../session/settings.ts';
import { Icon } from '../shell/icons.tsx';
import { MicrophoneChoice } from './microphone-choice.tsx';

export interface SettingsPanelProps {
  readonly settings: Settings;
  readonly onChange: (settings: Settings) => void;
}

const numbers = [
  { key: 'intervalMs', name: 'Between interim results', min: 250, max: 10_000, step: 250 },
  { key: 'windowMs', name: 'An interim result looks back', min: 1000, max: 30_000, step: 500 },
  { key: 'endpointingMs', name: 'Pause that ends a segment', min: 100, max: 5000, step: 100 },
] as const;

export function SettingsPanel({ settings, onChange }: SettingsPanelProps): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const set = (change: Partial<Settings>): void => onChange({ ...settings, ...change });
  return (
    <>
      <button type="button" class="quiet" onClick={() => dialog.current?.showModal()}>
        <Icon name="settings" />
        Settings
      </button>
      <dialog ref={dialog} aria-labelledby="settings-title">
        <form method="dialog">
          <h2 id="settings-title">Settings</h2>
          <p class="muted">They hold from the next start on.</p>
          <MicrophoneChoice deviceId={settings.deviceId} onChange={(deviceId) => set({ deviceId })} />
          <label class="field">
            Who speaks in audio with one channel
            <select
              value={settings.speaker}
              onChange={(event) => set({ speaker: event.currentTarget.value as Speaker })}
            >
              <option value="customer">The customer, or I myself</option>
              <option value="unknown">Not known, perhaps several people</option>
            </select>
          </label>
          <label class="field">
            The agent's channel of a call
            <select
              value={settings.agentPurpose}
              onChange={(event) => set({ agentPurpose: event.currentTarget.value as AgentPurpose })}
            >
              <option value="">is not analysed</option>
              <option value="personal_training">is analysed for the agent's own training</option>
              <option value="safety">is analysed for safety</option>
              <option value="medical">is analysed for medical reasons</option>
            </select>
            <small>A server analyses it only if it was started with --allow-role agent.</small>
          </label>
          <label class="field">
            Model of this device
            <select
              value={settings.deviceModel}
              onChange={(event) => set({ deviceModel: event.currentTarget.value as DeviceModel })}
            >
              <option value="default">Default, 0.7 MB</option>
              <option value="int8">8 bits, 0.2 MB</option>
            </select>
          </label>
          {numbers.map(({ key, name, min, max, step }) => (
            <label key={key} class="field inline">
              {name}
              <span class="unit">
                <input
                  type="number"
                  required
                  min={min}
                  max={max}
                  step={step}
                  value={settings[key]}
                  onChange={(event) => {
                    const value = event.currentTarget.valueAsNumber;
                    if (event.currentTarget.validity.valid) set({ [key]: value });
                  }}
                />
                ms
              </span>
            </label>
          ))}
          <label class="field">
            API key or token of the server
            <input
              type="password"
              autocomplete="off"
              value={settings.secret}
              onInput={(event) => set({ secret: event.currentTarget.value.trim() })}
            />
            <small>Stays in this page and is forgotten when it is closed.</small>
          </label>
          <label class="check">
            <input
              type="checkbox"
              checked={settings.fallBack}
              onChange={(event) => set({ fallBack: event.currentTarget.checked })}
            />
            Recognise on this device when the server cannot be reached
          </label>
          <label class="check">
            <input
              type="checkbox"
              checked={settings.realTime}
              onChange={(event) => set({ realTime: event.currentTarget.checked })}
            />
            Play files at the speed of speech
          </label>
          <div class="buttons end">
            <button type="submit" class="primary">
              Done
            </button>
          </div>
        </form>
      </dialog>
    </>
  );
}
