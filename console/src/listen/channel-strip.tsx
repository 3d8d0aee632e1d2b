import type { JSX, TargetedPointerEvent } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { emotionName } from '../model/emotion-style.ts';
import { placeNames } from '../model/place.ts';
import type { Segment } from '../model/stream-log.ts';
import { clockText, percentText } from '../model/text.ts';
import type { Listening } from '../session/listening.ts';
import { onThemeChange } from '../shell/theme.ts';
import { drawStrip, laneHeight, laneTop, stripHeight, stripLeft } from './draw-strip.ts';
import { secondsAt, timeSpan, type Zoom } from './timeline-view.ts';

export interface ChannelStripProps {
  readonly listening: Listening;
  readonly channel: number;
  readonly zoom: Zoom;
  readonly isShown: boolean;
}

interface Hover {
  readonly x: number;
  readonly text: string;
}

/** The canvas of one channel. Everything on it stands in the table of segments too. */
export function ChannelStrip(props: ChannelStripProps): JSX.Element {
  const { listening, channel, zoom, isShown } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const [hover, setHover] = useState<Hover | null>(null);
  const height = stripHeight(listening.lanes.length);

  useEffect(() => {
    if (!isShown) return undefined;
    const element = canvas.current!;
    let drawn = '';
    let handle = 0;
    const draw = (): void => {
      handle = requestAnimationFrame(draw);
      // Only what has changed is drawn again.
      const state = `${element.clientWidth} ${devicePixelRatio} ${listening.envelope?.seconds} ${listening.messages.count}`;
      if (state === drawn || element.clientWidth === 0) return;
      drawn = state;
      paint(element, listening, channel, zoom);
    };
    draw();
    const offTheme = onThemeChange(() => {
      drawn = '';
    });
    return () => {
      cancelAnimationFrame(handle);
      offTheme();
    };
  }, [listening, channel, zoom, isShown]);

  return (
    <div class="strip-canvas">
      <canvas
        ref={canvas}
        role="img"
        aria-label="Waveform and emotions over time; the table of segments says the same."
        style={{ height: `${height}px` }}
        onPointerMove={(event) => setHover(hoverAt(event, props))}
        onPointerLeave={() => setHover(null)}
      />
      {hover === null ? null : (
        <div class="tip" style={{ left: `${hover.x}px` }} aria-hidden="true">
          {hover.text}
        </div>
      )}
    </div>
  );
}

function paint(element: HTMLCanvasElement, listening: Listening, channel: number, zoom: Zoom): void {
  const { envelope, lanes } = listening;
  if (!envelope) return;
  const width = element.clientWidth;
  const height = stripHeight(lanes.length);
  const isNamed = lanes.length > 1;
  const scale = devicePixelRatio;
  if (element.width !== Math.round(width * scale) || element.height !== Math.round(height * scale)) {
    element.width = Math.round(width * scale);
    element.height = Math.round(height * scale);
  }
  const context = element.getContext('2d')!;
  context.setTransform(scale, 0, 0, scale, 0, 0);
  drawStrip(context, width, {
    channel,
    envelope,
    span: timeSpan(zoom, envelope.seconds, width - stripLeft(isNamed)),
    isNamed,
    lanes: lanes.map(({ place, log }) => ({
      name: placeNames[place],
      segments: log.segments,
      gaps: log.gaps,
    })),
  });
}

function hoverAt(
  event: TargetedPointerEvent<HTMLCanvasElement>,
  { listening, channel, zoom }: ChannelStripProps,
): Hover | null {
  const { envelope, lanes } = listening;
  if (!envelope) return null;
  const { offsetX, offsetY } = event;
  const fullWidth = event.currentTarget.clientWidth;
  const left = stripLeft(lanes.length > 1);
  const width = fullWidth - left;
  const seconds = secondsAt(offsetX - left, timeSpan(zoom, envelope.seconds, width), width);
  const lane = lanes.find((_, index) => offsetY >= laneTop(index) && offsetY < laneTop(index) + laneHeight);
  const segment = lane?.log.segments.findLast(
    (found) => found.channel === channel && found.startSeconds <= seconds && found.endSeconds >= seconds,
  );
  return segment ? { x: Math.min(Math.max(offsetX, 80), fullWidth - 80), text: segmentText(segment) } : null;
}

function segmentText(segment: Segment): string {
  const times = `${clockText(segment.startSeconds)} to ${clockText(segment.endSeconds)}`;
  return `${emotionName(segment.label)}, ${percentText(segment.confidence)} sure · ${segment.sentiment} · ${times}`;
}
