/** One stream as an operator sees it. */
import { analysedChannels } from '@undertone/proto';
import type { Session } from '../session/session.ts';
import type { StreamView, ViewedParts } from '../session/stream-view.ts';
import type { OperatorChannel, OperatorStream } from './overview.ts';

const sampleRate = 16_000;

/** @param isDraining whether streams that can are being sent elsewhere */
export function streamOverview(session: Session, view: StreamView, isDraining: boolean): OperatorStream {
  const { id, transport, model, canMove } = session;
  const { parts } = view;
  const isMoving = parts === null || (isDraining && canMove);
  return {
    id,
    door: transport,
    model,
    state: isMoving ? 'moving' : parts.control.isPaused ? 'paused' : 'open',
    startedAt: new Date(view.startedAtMs).toISOString(),
    seconds: rounded((parts?.recogniser.receivedSamples ?? 0) / sampleRate, 2),
    lagMs: Math.round(parts?.recogniser.pendingMs ?? 0),
    channels: parts ? channelsOf(parts, view) : [],
  };
}

function channelsOf({ control, alerts }: ViewedParts, view: StreamView): OperatorChannel[] {
  const { config } = control;
  const analysed = analysedChannels(config);
  return config.channel_roles.map((role, channel) => {
    const isAnalysed = analysed[channel] === true;
    const isShown = isAnalysed && role !== 'agent';
    return {
      channel,
      role,
      isAnalysed,
      result: isShown ? resultOf(view, channel) : null,
      trend: isShown ? trendOf(view, channel) : null,
      alerts: alerts.open(channel).map(({ rule, sinceSample }) => ({
        rule: rule.name,
        level: rule.level,
        sinceSeconds: rounded(sinceSample / sampleRate, 2),
      })),
    };
  });
}

function resultOf(view: StreamView, channel: number): OperatorChannel['result'] {
  const result = view.result(channel);
  if (!result) return null;
  const { label, confidence, sentiment, isFinal, endSample } = result;
  return {
    label,
    confidence: rounded(confidence, 3),
    sentiment: sentiment.label,
    isFinal,
    atSeconds: rounded(endSample / sampleRate, 2),
  };
}

function trendOf(view: StreamView, channel: number): OperatorChannel['trend'] {
  const mood = view.mood(channel);
  if (!mood) return null;
  const line = ({ mean, slope }: { readonly mean: number; readonly slope: number }) => ({
    mean: rounded(mean, 3),
    slope: rounded(slope, 4),
  });
  return { valence: line(mood.valence), arousal: line(mood.arousal) };
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
