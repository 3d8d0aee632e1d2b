import type { JSX } from 'preact';
import { percentText } from '../model/text.ts';
import { Glyph } from '../shell/icons.tsx';
import { labelShares } from './operator-state.ts';
import type { OperatorStream } from './overview.ts';

/** How the streams sound now, all together. */
export function MoodCard({ streams }: { readonly streams: readonly OperatorStream[] }): JSX.Element {
  const shares = labelShares(streams);
  return (
    <section class="card mood" aria-labelledby="mood-title">
      <h2 id="mood-title">How they sound now</h2>
      <p class="muted small">Newest result of every channel that has one.</p>
      {shares.length === 0 ? <p class="muted empty">No result yet.</p> : null}
      <ul class="bars">
        {shares.map(({ label, count, share }) => (
          <li key={label}>
            <Glyph label={label} />
            <span class="name">{label}</span>
            <span class="bar">
              <span class="track">
                <span class="fill" style={{ width: `${share * 100}%` }} />
              </span>
              <span class="value">
                {count} · {percentText(share)}
              </span>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
