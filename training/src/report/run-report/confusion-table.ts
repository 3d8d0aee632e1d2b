/** A confusion matrix as a table whose cells are the darker the larger their share of the row. */
import { escapeHtml } from '../html/escape-html.ts';
import { percent } from '../numbers.ts';

/** @param confusion `[truth][prediction]`, clips */
export function confusionTable(
  caption: string,
  labels: readonly string[],
  confusion: readonly (readonly number[])[],
): string {
  const head = labels.map((label) => `<th scope="col">${escapeHtml(label)}</th>`).join('');
  const rows = confusion.map((row, i) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    const cells = row.map((count) => {
      const share = total > 0 ? count / total : 0;
      const colour = share > 0.65 ? ';color:var(--paper)' : '';
      const style = `background:color-mix(in srgb,var(--s0) ${Math.round(100 * share)}%,transparent)${colour}`;
      return `<td style="${style}" title="${percent(share)} % of the row">${count}</td>`;
    });
    return `<tr><th scope="row" class="text">${escapeHtml(labels[i]!)}</th>${cells.join('')}</tr>`;
  });
  return (
    `<div class="scroll" role="region" aria-label="${escapeHtml(caption)}" tabindex="0"><table>` +
    `<caption>${escapeHtml(caption)}</caption><thead><tr><th scope="col" class="text">intended</th>${head}</tr></thead>` +
    `<tbody>${rows.join('\n')}</tbody></table></div>`
  );
}
