/** Recordings that hold the same samples. */
import type { Finding } from './finding.ts';
import type { MeasuredClip } from './measured-clip.ts';

/** Groups by what they contradict: the label, the speaker, or nothing. */
export function duplicateFindings(measured: readonly MeasuredClip[]): Finding[] {
  const groups = new Map<string, MeasuredClip[]>();
  for (const entry of measured) {
    const group = groups.get(entry.measures.hash);
    if (group) group.push(entry);
    else groups.set(entry.measures.hash, [entry]);
  }
  const kinds: Record<'labels' | 'speakers' | 'plain', string[]> = { labels: [], speakers: [], plain: [] };
  for (const group of groups.values()) {
    if (group.length < 2) continue;
    const kind = differ(group, (clip) => clip.label)
      ? 'labels'
      : differ(group, (clip) => clip.speaker)
        ? 'speakers'
        : 'plain';
    kinds[kind].push(group.map(({ name }) => name).join(' = '));
  }
  const findings: Finding[] = [
    {
      severity: 'error',
      code: 'duplicates-across-labels',
      sentence: 'The same recording under different labels: one of them is wrong.',
      names: kinds.labels,
    },
    {
      severity: 'error',
      code: 'duplicates-across-speakers',
      sentence: 'The same recording under different speakers: a split by speaker would leak it.',
      names: kinds.speakers,
    },
    {
      severity: 'warning',
      code: 'duplicates',
      sentence: 'The same recording more than once.',
      names: kinds.plain,
    },
  ];
  return findings.filter(({ names }) => names.length > 0);
}

function differ(group: readonly MeasuredClip[], key: (clip: MeasuredClip['clip']) => string): boolean {
  return group.some(({ clip }) => key(clip) !== key(group[0]!.clip));
}
