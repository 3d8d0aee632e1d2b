export type { CallEvent, NoEvent } from './call-event.ts';
export { isCallEvent, readCallEvent } from './call-event.ts';
export type * from './call-message.ts';
export type {
  CallTimeline,
  TimelineAlert,
  TimelineChannel,
  TimelineGap,
  TimelineSegment,
} from './call-timeline.ts';
export { CallTimelineBuilder } from './call-timeline.ts';
export { clockText, signedText } from './clock-text.ts';
export { printable } from './printable.ts';
export type { EventLine } from './read-event-lines.ts';
export { readEventLines } from './read-event-lines.ts';
export { speakerName } from './speaker-name.ts';
export type { TimelineSvgOptions } from './svg/timeline-svg.ts';
export { timelineSvg } from './svg/timeline-svg.ts';
export { timelineCsv } from './timeline-csv.ts';
export { timelineJson } from './timeline-json.ts';
export { labelShares, timelineWords } from './timeline-words.ts';
export { isOfAgent, withoutAgents } from './without-agents.ts';
