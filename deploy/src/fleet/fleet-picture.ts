/** Calls, pods and load over the day, as SVG. */
import type { FleetSample } from './fleet-simulation.ts';

const width = 900;
const panelHeight = 150;
const left = 70;
const gap = 40;

interface Panel {
  readonly title: string;
  readonly lines: readonly { readonly color: string; readonly read: (sample: FleetSample) => number }[];
  readonly max: number;
}

export function fleetPicture(samples: readonly FleetSample[], targetLoad: number): string {
  const top = (read: (sample: FleetSample) => number): number =>
    samples.reduce((max, sample) => Math.max(max, read(sample)), 1);
  const pods = (sample: FleetSample): number => sample.readyPods + sample.drainingPods;
  const panels: readonly Panel[] = [
    {
      title: 'calls',
      max: top(({ calls }) => calls),
      lines: [{ color: '#2563eb', read: ({ calls }) => calls }],
    },
    {
      title: 'pods: ready (green), with those that drain (grey)',
      max: top(pods),
      lines: [
        { color: '#9ca3af', read: pods },
        { color: '#15803d', read: ({ readyPods }) => readyPods },
      ],
    },
    {
      title: `load of ready pods; the autoscaler holds ${targetLoad} (dashed)`,
      max: 1,
      lines: [{ color: '#b45309', read: ({ load }) => load }],
    },
  ];
  const total = Math.max(1, samples.at(-1)?.second ?? 1);
  const x = (second: number): string => (left + (second / total) * (width - left - 20)).toFixed(1);
  const parts = panels.map(({ title, lines, max }, i) => {
    const base = 30 + i * (panelHeight + gap) + panelHeight;
    const y = (value: number): string => (base - (value / max) * panelHeight).toFixed(1);
    const curves = lines.map(({ color, read }) => {
      const points = samples.map((sample) => `${x(sample.second)},${y(read(sample))}`).join(' ');
      return `<polyline fill="none" stroke="${color}" stroke-width="1.5" points="${points}"/>`;
    });
    const target =
      i === 2
        ? `<line x1="${left}" x2="${width - 20}" y1="${y(targetLoad)}" y2="${y(targetLoad)}" stroke="#555" stroke-dasharray="4 4"/>`
        : '';
    const axis = `<path d="M${left} ${base - panelHeight}V${base}H${width - 20}" fill="none" stroke="#333"/>`;
    const marks = `<text x="${left - 6}" y="${base}" text-anchor="end">0</text><text x="${left - 6}" y="${base - panelHeight + 10}" text-anchor="end">${max.toLocaleString('en')}</text>`;
    return `<text x="${left}" y="${base - panelHeight - 8}">${title}</text>${axis}${marks}${target}${curves.join('')}`;
  });
  const height = 30 + panels.length * (panelHeight + gap) + 10;
  const hours = Array.from({ length: Math.floor(total / 10_800) + 1 }, (_, i) => i * 3);
  const ticks = hours.map(
    (hour) => `<text x="${x(hour * 3600)}" y="${height - 28}" text-anchor="middle">${hour}:00</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12"><title>Calls, pods and load over a day</title><rect width="100%" height="100%" fill="#fff"/>${parts.join('')}${ticks.join('')}</svg>\n`;
}
