import type { JSX } from 'preact';
import { percentText } from '../model/text.ts';
import type { OperatorTotals } from './overview.ts';

export function Totals({ totals }: { readonly totals: OperatorTotals }): JSX.Element {
  const tiles = [
    { name: 'Running', value: String(totals.streams), note: `of ${totals.capacity} places` },
    {
      name: 'Load',
      value: percentText(totals.loadRatio),
      note: totals.isDraining ? 'shutting down' : 'taking streams',
    },
    { name: 'Opened', value: String(totals.opened), note: 'since the server started' },
    { name: 'Refused', value: String(totals.refused), note: 'since the server started' },
  ];
  return (
    <dl class="tiles">
      {tiles.map(({ name, value, note }) => (
        <div key={name} class="card tile">
          <dt>{name}</dt>
          <dd>
            {value}
            <small>{note}</small>
          </dd>
        </div>
      ))}
    </dl>
  );
}
