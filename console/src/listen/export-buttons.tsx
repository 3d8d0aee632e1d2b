import type { JSX } from 'preact';
import { toCsv, toJson } from '../model/exports.ts';
import type { Listening } from '../session/listening.ts';
import { Icon } from '../shell/icons.tsx';
import { saveFile } from '../shell/save-file.ts';

export function ExportButtons({ listening }: { readonly listening: Listening }): JSX.Element {
  const isEmpty = listening.lanes.every((lane) => lane.log.segments.length === 0);
  const streams = (): Parameters<typeof toCsv>[0] =>
    listening.lanes.map(({ place, log, latency }) => ({ place, log, latency: latency.figures() }));
  return (
    <div class="buttons">
      <button
        type="button"
        class="quiet"
        disabled={isEmpty}
        onClick={() => saveFile('undertone.csv', 'text/csv', toCsv(streams()))}
      >
        <Icon name="download" />
        CSV
      </button>
      <button
        type="button"
        class="quiet"
        disabled={isEmpty}
        onClick={() =>
          saveFile('undertone.json', 'application/json', toJson(streams(), listening.messages.messages))
        }
      >
        <Icon name="download" />
        JSON
      </button>
    </div>
  );
}
