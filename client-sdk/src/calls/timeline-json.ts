/** A call's timeline as JSON, with names as on the wire. */
import type { CallTimeline } from './call-timeline.ts';

/** @param indent spaces; 0 for one line */
export function timelineJson(call: CallTimeline, indent = 2): string {
  const content = {
    format: 'undertone.timeline/1',
    session_id: call.session,
    started_at: call.startedAtMs === null ? null : new Date(call.startedAtMs).toISOString(),
    model: call.model,
    audio_s: call.seconds,
    is_over: call.isOver,
    end_reason: call.endReason,
    channels: call.channels.map(({ channel, role, isAnalysed, speechSeconds, segments }) => ({
      channel,
      role,
      is_analysed: isAnalysed,
      speech_s: speechSeconds,
      segments: segments.map(({ channel: _, isFinal, ...segment }) => ({ ...segment, is_final: isFinal })),
    })),
    alerts: call.alerts.map(({ openedAt, clearedAt, ...alert }) => ({
      ...alert,
      opened_at: openedAt,
      cleared_at: clearedAt,
    })),
    gaps: call.gaps,
    turning_points: call.turningPoints,
    left_out: call.leftOut,
  };
  return JSON.stringify(content, null, indent);
}
