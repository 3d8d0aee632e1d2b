import type { JSX } from 'preact';
import type { TrailPoint } from '../model/stream-log.ts';
import { signedText } from '../model/text.ts';
import type { Listening } from '../session/listening.ts';
import { channelsOf, roleName } from './channels.ts';

const size = 240;
const middle = size / 2;
/** What is drawn of a trail. */
const newest = 12;

interface Trail {
  readonly key: string;
  readonly name: string;
  readonly points: readonly TrailPoint[];
  readonly isAgent: boolean;
  readonly isDevice: boolean;
}

/** Arousal over valence, with where the last results lay. */
export function AffectPlane({ listening }: { readonly listening: Listening }): JSX.Element {
  const trails = trailsOf(listening);
  return (
    <section class="card plane" aria-labelledby="plane-title">
      <h2 id="plane-title">Arousal and valence</h2>
      <svg viewBox={`0 0 ${size} ${size}`} role="img" aria-label={planeText(trails)}>
        <rect class="field" x="0.5" y="0.5" width={size - 1} height={size - 1} rx="8" />
        <path class="axis" d={`M${middle} 8V${size - 8}M8 ${middle}H${size - 8}`} />
        <circle class="axis" cx={middle} cy={middle} r={middle / 2} />
        <text x={middle + 6} y="18">
          activated
        </text>
        <text x={middle + 6} y={size - 10}>
          calm
        </text>
        <text x="8" y={middle - 6}>
          unpleasant
        </text>
        <text x={size - 8} y={middle - 6} text-anchor="end">
          pleasant
        </text>
        {trails.map((trail) => (
          <TrailLine key={trail.key} trail={trail} />
        ))}
      </svg>
      <ul class="legend">
        {trails.map(({ key, name, isAgent, isDevice, points }) => {
          const last = points.at(-1);
          return (
            <li key={key}>
              <svg viewBox="-2 -2 20 20" aria-hidden="true">
                <Dot x={8} y={8} isAgent={isAgent} isDevice={isDevice} />
              </svg>
              {name}
              <span class="muted">
                {last
                  ? `arousal ${signedText(last.arousal)}, valence ${signedText(last.valence)}`
                  : 'no result yet'}
              </span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function TrailLine({ trail }: { readonly trail: Trail }): JSX.Element {
  const points = trail.points.slice(-newest).map(place);
  const last = points.at(-1);
  return (
    <g class={trail.isAgent ? 'trail agent' : 'trail'}>
      {points.slice(1).map((point, index) => (
        <line
          key={index}
          x1={points[index]!.x}
          y1={points[index]!.y}
          x2={point.x}
          y2={point.y}
          opacity={(index + 1) / points.length}
          stroke-dasharray={trail.isDevice ? '3 3' : undefined}
        />
      ))}
      {last ? <Dot x={last.x} y={last.y} isAgent={trail.isAgent} isDevice={trail.isDevice} /> : null}
    </g>
  );
}

interface DotProps {
  readonly x: number;
  readonly y: number;
  readonly isAgent: boolean;
  readonly isDevice: boolean;
}

/** Round for the customer, square for the agent; for this device a ring, so that equal results are both seen. */
function Dot({ x, y, isAgent, isDevice }: DotProps): JSX.Element {
  const look = `dot${isAgent ? ' agent' : ''}${isDevice ? ' hollow' : ''}`;
  const reach = isDevice ? 8 : 5;
  if (isAgent) return <rect class={look} x={x - reach} y={y - reach} width={2 * reach} height={2 * reach} />;
  return <circle class={look} cx={x} cy={y} r={reach} />;
}

function place({ arousal, valence }: TrailPoint): { readonly x: number; readonly y: number } {
  const reach = middle - 12;
  return { x: middle + valence * reach, y: middle - arousal * reach };
}

function trailsOf(listening: Listening): readonly Trail[] {
  const { lanes } = listening;
  return channelsOf(listening)
    .filter(({ isAnalysed }) => isAnalysed)
    .flatMap(({ channel, role }) =>
      lanes.map((lane) => ({
        key: `${channel} ${lane.place}`,
        name: `${roleName(role, channel)}${lanes.length > 1 ? ` · ${lane.placeName}` : ''}`,
        points: lane.log.trail(channel),
        isAgent: role === 'agent',
        isDevice: lane.place === 'device' && lanes.length > 1,
      })),
    );
}

function planeText(trails: readonly Trail[]): string {
  const texts = trails.map(({ name, points }) => {
    const last = points.at(-1);
    return last ? `${name}: arousal ${signedText(last.arousal)}, valence ${signedText(last.valence)}` : '';
  });
  return `Plane of arousal and valence. ${texts.filter((text) => text !== '').join('. ') || 'No result yet.'}`;
}
