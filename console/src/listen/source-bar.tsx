import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import type { PlaceChoice } from '../model/place.ts';
import { type AudioSource, demoSource, fileSource, microphoneSource } from '../session/audio-source.ts';
import type { Listening } from '../session/listening.ts';
import { Icon } from '../shell/icons.tsx';

const places: readonly { readonly choice: PlaceChoice; readonly name: string }[] = [
  { choice: 'server', name: 'Server' },
  { choice: 'device', name: 'This device' },
  { choice: 'both', name: 'Side by side' },
];

export interface SourceBarProps {
  readonly listening: Listening | null;
  readonly choice: PlaceChoice;
  readonly onChoice: (choice: PlaceChoice) => void;
  readonly onStart: (source: AudioSource) => void;
  readonly onStop: () => void;
}

export function SourceBar({ listening, choice, onChoice, onStart, onStop }: SourceBarProps): JSX.Element {
  const picker = useRef<HTMLInputElement>(null);
  const isBusy = listening !== null && listening.state !== 'over';
  return (
    <>
      <div class="buttons">
        {isBusy ? (
          <button type="button" class="primary stop" disabled={listening.state === 'ending'} onClick={onStop}>
            <Icon name="stop" />
            {listening.state === 'ending' ? 'Ending' : 'Stop'}
          </button>
        ) : (
          <button type="button" class="primary" onClick={() => onStart(microphoneSource)}>
            <Icon name="microphone" />
            Speak
          </button>
        )}
        <button type="button" disabled={isBusy} onClick={() => picker.current?.click()}>
          <Icon name="file" />
          Open file
        </button>
        <input
          ref={picker}
          class="hidden"
          type="file"
          accept="audio/*,video/*"
          tabIndex={-1}
          aria-label="Audio file"
          onChange={(event) => {
            const file = event.currentTarget.files?.[0];
            event.currentTarget.value = '';
            if (file) onStart(fileSource(file));
          }}
        />
        <button type="button" disabled={isBusy} onClick={() => onStart(demoSource)}>
          <Icon name="play" />
          Demo call
        </button>
      </div>
      <fieldset class="segmented" disabled={isBusy}>
        <legend class="hidden">Where speech is recognised</legend>
        {places.map((place) => (
          <label key={place.choice}>
            <input
              type="radio"
              name="place"
              checked={choice === place.choice}
              onChange={() => onChoice(place.choice)}
            />
            <span>{place.name}</span>
          </label>
        ))}
      </fieldset>
    </>
  );
}
