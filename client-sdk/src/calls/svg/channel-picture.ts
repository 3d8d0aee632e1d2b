/** One channel of a picture: alerts above, speech and silence in a lane, valence and arousal below. */
import type { CallTimeline, TimelineAlert, TimelineChannel } from '../call-timeline.ts';
import { signedText } from '../clock-text.ts';
import { emotionName } from '../emotion-look.ts';
import { speakerName } from '../speaker-name.ts';
import { block, labelsOf } from './legend.ts';
import { element, escapeXml, fitted, label, short } from './svg-text.ts';
import type { TimeScale } from './time-scale.ts';

export interface Placed {
  readonly svg: string;
  readonly height: number;
}

const alertHeight = 18;
const laneHeight = 30;
const curveHeight = 86;
const quietHeight = 44;
/** Rows of alerts that overlap; more stand in the last. */
const mostRows = 6;

export function channelPicture(
  call: CallTimeline,
  channel: TimelineChannel,
  scale: TimeScale,
  top: number,
): Placed {
  const name = label(16, 0, fitted(speakerName(channel), 74, 7), { class: 'name' });
  const at = (y: number, svg: string): string => element('g', { transform: `translate(0 ${short(y)})` }, svg);
  if (!channel.isAnalysed) {
    const lane = element('rect', {
      class: 'lane',
      x: scale.left,
      y: 0,
      width: scale.right - scale.left,
      height: 20,
      rx: 3,
    });
    const note = label(scale.left + 8, 14, channel.role === 'agent' ? 'not shown' : 'not analysed', {
      class: 'muted',
    });
    return { svg: at(top + 4, lane + at(14, name) + note), height: quietHeight };
  }
  const alerts = alertBars(
    call.alerts.filter((alert) => alert.channel === channel.channel),
    call,
    scale,
  );
  const laneTop = top + alerts.height + 4;
  const curvesTop = laneTop + laneHeight + 8;
  const svg = [
    at(top, alerts.svg),
    at(laneTop, lane(call, channel, scale)),
    at(laneTop + 19, name),
    at(laneTop + 33, label(16, 0, shareText(channel, call.seconds), { class: 'muted small' })),
    at(curvesTop, curves(channel, scale)),
    at(laneTop, turningPoints(call, channel, scale)),
  ];
  return { svg: svg.join(''), height: alerts.height + laneHeight + curveHeight + 34 };
}

function shareText({ speechSeconds }: TimelineChannel, seconds: number): string {
  return seconds > 0 ? `speaks ${Math.round((100 * Math.min(speechSeconds, seconds)) / seconds)} %` : '';
}

function lane(call: CallTimeline, { segments }: TimelineChannel, scale: TimeScale): string {
  const labels = labelsOf(call);
  const blocks = segments.map(({ start, end, label: name, confidence, isFinal }) => {
    const x = scale.x(start);
    const width = Math.max(1.5, scale.x(end) - x);
    const index = Math.max(0, labels.indexOf(name));
    const text = fitted(emotionName(name), width - 8, 6.6);
    const told = `${emotionName(name)}, ${Math.round(confidence * 100)} %, ${start.toFixed(1)} to ${end.toFixed(1)} s${isFinal ? '' : ', not final'}`;
    return element(
      'g',
      { opacity: isFinal ? 1 : 0.6 },
      element('title', {}, escapeXml(told)),
      block(index, x, 0, width, laneHeight),
      ...(text === '' ? [] : [label(x + width / 2, 19, text, { class: 'on', 'text-anchor': 'middle' })]),
    );
  });
  const gaps = call.gaps.map(({ start, duration }) => {
    const x = scale.x(start);
    const width = Math.max(1.5, scale.x(start + duration) - x);
    return element('rect', { class: 'gap', fill: 'url(#gap)', x, y: 0, width, height: laneHeight });
  });
  const silence = {
    class: 'lane',
    x: scale.left,
    y: 0,
    width: scale.right - scale.left,
    height: laneHeight,
    rx: 3,
  };
  return [element('rect', silence), ...gaps, ...blocks].join('');
}

function curves(channel: TimelineChannel, scale: TimeScale): string {
  const y = (value: number): number => (curveHeight * (1 - value)) / 2;
  const line = (name: 'valence' | 'arousal'): string => {
    let d = '';
    for (const { start, end, [name]: value, isFinal } of channel.segments) {
      if (value === null || !isFinal) continue;
      d += `${d === '' ? 'M' : 'L'}${short(scale.x(start))} ${short(y(value))}H${short(scale.x(end))}`;
    }
    return d === '' ? '' : element('path', { class: name, d });
  };
  const marks = [1, 0, -1].flatMap((value) => [
    element('line', {
      class: value === 0 ? 'zero' : 'grid',
      x1: scale.left,
      x2: scale.right,
      y1: y(value),
      y2: y(value),
    }),
    label(scale.left - 6, y(value) + 4, value === 0 ? '0' : signedText(value).slice(0, 2), {
      class: 'muted small',
      'text-anchor': 'end',
    }),
  ]);
  return [...marks, line('arousal'), line('valence')].join('');
}

function turningPoints(call: CallTimeline, { channel }: TimelineChannel, scale: TimeScale): string {
  return call.turningPoints
    .filter((point) => point.channel === channel)
    .map(({ time, before, after }) => {
      const x = scale.x(time);
      const told = `turning point at ${time.toFixed(1)} s: valence ${signedText(before)} before, ${signedText(after)} after`;
      return element(
        'g',
        {},
        element('title', {}, escapeXml(told)),
        element('line', {
          class: 'turnline',
          x1: x,
          x2: x,
          y1: laneHeight,
          y2: laneHeight + 8 + curveHeight,
        }),
        element('path', { class: 'turn', d: `M${short(x)} ${laneHeight + 1}l5 5l-5 5l-5-5Z` }),
      );
    })
    .join('');
}

/** Each in the first row that is free; the level in words, for it is not to be told by colour alone. */
function alertBars(alerts: readonly TimelineAlert[], call: CallTimeline, scale: TimeScale): Placed {
  const ends: number[] = [];
  const bars = alerts.map(({ rule, level, since, openedAt, clearedAt, score }) => {
    const x = scale.x(since);
    const end = clearedAt ?? Math.max(call.seconds, openedAt ?? since);
    const width = Math.max(4, scale.x(end) - x);
    const text = `${rule.replaceAll('_', ' ')} (${level})`;
    // A name beside a short bar needs its room.
    const isInside = text.length * 6 < width - 8;
    const room = isInside ? width : width + 4 + text.length * 6;
    const free = ends.findIndex((each) => each <= x);
    const row = Math.min(mostRows - 1, free >= 0 ? free : ends.length);
    ends[row] = x + room + 4;
    const y = row * alertHeight;
    const told = `${text}${score === null ? '' : `, ${score.toFixed(2)}`}, from ${since.toFixed(1)} s ${clearedAt === null ? 'on, open' : `to ${clearedAt.toFixed(1)} s`}`;
    const isLeft = !isInside && x + room > scale.right;
    const textX = isInside ? x + 6 : isLeft ? x - 4 : x + width + 4;
    return element(
      'g',
      {},
      element('title', {}, escapeXml(told)),
      element('rect', { class: level, x, y, width, height: alertHeight - 4, rx: 3 }),
      label(textX, y + 11, text, {
        class: isInside ? 'on' : 'small',
        ...(isLeft ? { 'text-anchor': 'end' } : {}),
      }),
    );
  });
  return { svg: bars.join(''), height: ends.length * alertHeight };
}
