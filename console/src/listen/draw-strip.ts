/** Draws one channel: its waveform, and below it what each stream has made of it. */
import { emotionName, emotionStyle } from '../model/emotion-style.ts';
import type { Gap, Segment } from '../model/stream-log.ts';
import { shortClockText } from '../model/text.ts';
import type { WaveEnvelope } from '../model/wave-envelope.ts';
import { paletteColour } from '../shell/palette.ts';
import { marks, type TimeSpan, xOf } from './timeline-view.ts';

export interface StripLane {
  readonly name: string;
  readonly segments: readonly Segment[];
  readonly gaps: readonly Gap[];
}

export interface Strip {
  readonly channel: number;
  readonly envelope: WaveEnvelope;
  readonly lanes: readonly StripLane[];
  readonly span: TimeSpan;
  readonly isNamed: boolean;
}

export const waveHeight = 60;
export const laneHeight = 38;
export const axisHeight = 20;
const laneGap = 6;
/** Room for the names of lanes, where there are several. */
const gutterWidth = 88;
const font = '12px system-ui, -apple-system, "Segoe UI", sans-serif';

export function stripHeight(lanes: number): number {
  return waveHeight + lanes * (laneHeight + laneGap) + axisHeight;
}

/** Where time begins. */
export function stripLeft(isNamed: boolean): number {
  return isNamed ? gutterWidth : 0;
}

export function laneTop(index: number): number {
  return waveHeight + laneGap + index * (laneHeight + laneGap);
}

export function drawStrip(context: CanvasRenderingContext2D, fullWidth: number, strip: Strip): void {
  const left = stripLeft(strip.isNamed);
  const width = fullWidth - left;
  const height = stripHeight(strip.lanes.length);
  context.clearRect(0, 0, fullWidth, height);
  context.font = font;
  if (strip.isNamed)
    for (const [index, lane] of strip.lanes.entries()) drawLaneName(context, index, lane.name);
  context.save();
  context.beginPath();
  context.rect(left, 0, width, height);
  context.clip();
  context.translate(left, 0);
  drawMarks(context, width, strip);
  drawWave(context, width, strip);
  for (const [index, lane] of strip.lanes.entries()) {
    const top = laneTop(index);
    context.fillStyle = paletteColour('--lane');
    context.fillRect(0, top, width, laneHeight);
    for (const gap of lane.gaps) drawGap(context, width, top, gap, strip.span);
    drawSegments(context, width, top, lane.segments, strip);
  }
  context.restore();
}

/** A name may run on beyond its block, up to the next one. */
function drawSegments(
  context: CanvasRenderingContext2D,
  width: number,
  top: number,
  segments: readonly Segment[],
  { channel, span }: Strip,
): void {
  const own = segments.filter((segment) => segment.channel === channel);
  for (const [index, segment] of own.entries()) {
    const next = own[index + 1];
    const end = next ? xOf(next.startSeconds, span, width) : width;
    drawSegment(context, width, top, segment, span, end);
  }
}

function drawMarks(context: CanvasRenderingContext2D, width: number, { span, lanes }: Strip): void {
  const height = stripHeight(lanes.length);
  context.textBaseline = 'alphabetic';
  for (const seconds of marks(span, width, 64)) {
    const x = Math.round(xOf(seconds, span, width)) + 0.5;
    context.strokeStyle = paletteColour('--line');
    context.beginPath();
    context.moveTo(x, 0);
    context.lineTo(x, height - axisHeight);
    context.stroke();
    const text = shortClockText(seconds);
    const half = context.measureText(text).width / 2;
    if (x - half < 0 || x + half > width) continue;
    context.fillStyle = paletteColour('--muted');
    context.fillText(text, x - half, height - 4);
  }
}

function drawWave(context: CanvasRenderingContext2D, width: number, strip: Strip): void {
  const { envelope, channel, span } = strip;
  const middle = waveHeight / 2;
  const { binSeconds } = envelope;
  const secondsPerPixel = (span.toSeconds - span.fromSeconds) / width;
  context.fillStyle = paletteColour('--wave');
  const end = Math.min(width, xOf(envelope.seconds, span, width));
  for (let x = 0; x < end; x += 2) {
    const seconds = span.fromSeconds + x * secondsPerPixel;
    const fromBin = Math.floor(seconds / binSeconds);
    const toBin = Math.max(fromBin + 1, Math.floor((seconds + 2 * secondsPerPixel) / binSeconds));
    const { low, high } = envelope.range(channel, fromBin, toBin);
    // Quiet speech is seen as well: the square root of the level.
    const up = Math.sqrt(Math.abs(high)) * (middle - 2);
    const down = Math.sqrt(Math.abs(low)) * (middle - 2);
    context.fillRect(x, middle - up, 1.25, Math.max(1, up + down));
  }
}

/** The filled part of a block is its confidence; an open segment has no edge on its right. */
function drawSegment(
  context: CanvasRenderingContext2D,
  width: number,
  top: number,
  segment: Segment,
  span: TimeSpan,
  textEnd: number,
): void {
  const left = xOf(segment.startSeconds, span, width);
  const right = xOf(segment.endSeconds, span, width);
  if (right < 0 || left > width) return;
  const blockWidth = Math.max(3, right - left - 1);
  const style = emotionStyle(segment.label);
  const colour = paletteColour(style.colour);
  context.fillStyle = colour;
  context.globalAlpha = 0.14;
  context.fillRect(left, top, blockWidth, laneHeight);
  context.globalAlpha = segment.label === null ? 0.12 : 0.36;
  const filled = laneHeight * segment.confidence;
  context.fillRect(left, top + laneHeight - filled, blockWidth, filled);
  context.globalAlpha = segment.isFinal ? 1 : 0.55;
  context.fillRect(left, top, 3, laneHeight);
  context.globalAlpha = 1;
  // A block that goes out of sight on the left keeps its name in sight.
  const textLeft = Math.max(left, 0) + 9;
  const room = textEnd - textLeft - 4;
  if (room < 12) return;
  context.save();
  context.beginPath();
  context.rect(textLeft - 2, top, room + 4, laneHeight);
  context.clip();
  drawShape(context, style.shape, colour, textLeft, top + laneHeight / 2 - 6);
  const name = emotionName(segment.label);
  context.fillStyle = paletteColour('--text');
  context.textBaseline = 'middle';
  if (context.measureText(name).width <= room - 18)
    context.fillText(name, textLeft + 18, top + laneHeight / 2 + 0.5);
  context.restore();
}

const shapes = new Map<string, Path2D>();

function drawShape(
  context: CanvasRenderingContext2D,
  shape: string,
  colour: string,
  x: number,
  y: number,
): void {
  let path = shapes.get(shape);
  if (!path) {
    path = new Path2D(shape);
    shapes.set(shape, path);
  }
  context.save();
  context.translate(x, y);
  context.scale(0.75, 0.75);
  context.fillStyle = colour;
  context.fill(path, 'evenodd');
  context.restore();
}

function drawGap(
  context: CanvasRenderingContext2D,
  width: number,
  top: number,
  gap: Gap,
  span: TimeSpan,
): void {
  const left = xOf(gap.startSeconds, span, width);
  const right = xOf(gap.startSeconds + gap.seconds, span, width);
  context.save();
  context.beginPath();
  context.rect(left, top, Math.max(2, right - left), laneHeight);
  context.clip();
  context.strokeStyle = paletteColour('--muted');
  context.beginPath();
  for (let x = left - laneHeight; x < right; x += 6) {
    context.moveTo(x, top + laneHeight);
    context.lineTo(x + laneHeight, top);
  }
  context.stroke();
  context.restore();
}

function drawLaneName(context: CanvasRenderingContext2D, index: number, name: string): void {
  context.textBaseline = 'middle';
  context.fillStyle = paletteColour('--muted');
  context.fillText(name, 0, laneTop(index) + laneHeight / 2);
}
