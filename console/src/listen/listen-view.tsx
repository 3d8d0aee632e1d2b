import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { PlaceChoice } from '../model/place.ts';
import { type AudioSource, fileSource } from '../session/audio-source.ts';
import { Listening } from '../session/listening.ts';
import { defaultSettings, type Settings } from '../session/settings.ts';
import { useChanges } from '../shell/use-changes.ts';
import { AffectPlane } from './affect-plane.tsx';
import { Drop } from './drop.tsx';
import { LaneStates } from './lane-states.tsx';
import { LatencyCard } from './latency-card.tsx';
import { NowCard } from './now-card.tsx';
import { ProtocolPanel } from './protocol-panel.tsx';
import { SegmentsTable } from './segments-table.tsx';
import { SettingsPanel } from './settings-panel.tsx';
import { SourceBar } from './source-bar.tsx';
import { Stage } from './stage.tsx';
import { SummaryCard } from './summary-card.tsx';
import { Welcome } from './welcome.tsx';

export function ListenView({ isShown }: { readonly isShown: boolean }): JSX.Element {
  const [choice, setChoice] = useState<PlaceChoice>('server');
  const [settings, setSettings] = useState<Settings>(defaultSettings);
  const [listening, setListening] = useState<Listening | null>(null);
  const { changed } = useChanges();
  const current = useRef<Listening | null>(null);

  const start = (source: AudioSource): void => {
    current.current?.abort();
    const next = new Listening(source, choice, settings, changed);
    current.current = next;
    setListening(next);
    void next.run();
  };
  useEffect(() => () => current.current?.abort(), []);

  return (
    <Drop onFile={(file) => start(fileSource(file))}>
      <h1 class="hidden">Listen</h1>
      <div class="controls">
        <SourceBar
          listening={listening}
          choice={choice}
          onChoice={setChoice}
          onStart={start}
          onStop={() => listening?.stop()}
        />
        <SettingsPanel settings={settings} onChange={setSettings} />
      </div>
      <p class="consent">
        Undertone reports how speech sounds, not what people feel. Tell the people who are heard. No audio is
        stored.
      </p>
      {listening === null ? (
        <Welcome />
      ) : (
        <>
          <LaneStates listening={listening} />
          <div class="columns">
            <div class="column">
              <Stage listening={listening} isShown={isShown} />
              <SegmentsTable listening={listening} />
            </div>
            <div class="column">
              <NowCard listening={listening} />
              <AffectPlane listening={listening} />
            </div>
          </div>
          <div class="pair">
            <LatencyCard listening={listening} />
            <SummaryCard listening={listening} />
          </div>
          <ProtocolPanel listening={listening} />
        </>
      )}
    </Drop>
  );
}
