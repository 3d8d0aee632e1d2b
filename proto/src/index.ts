export type { ArchiveDeadLetter, ArchiveJob, ArchiveNames, ArchiveStream } from './archive.ts';
export { archiveNames, archiveSessionId, archiveStreams, parseArchiveJob } from './archive.ts';
export { parseClientMessage } from './client-message.ts';
export type {
  AlertEventLike,
  ChannelSummaryLike,
  EmotionEventLike,
  EventContext,
  EventLike,
  EventMessage,
  JudgementLike,
  ModelLike,
  SpeechEventLike,
  TrendEventLike,
} from './event-messages.ts';
export {
  toAlertMessage,
  toBeginMessage,
  toChannelSummary,
  toEventMessage,
} from './event-messages.ts';
export type { EventSubject } from './event-subject.ts';
export { eventSubject, eventSubjects } from './event-subject.ts';
export type { HeardAudioOptions, UnheardReason } from './heard-audio.ts';
export { HeardAudio } from './heard-audio.ts';
export type { BeginExtras, SummaryInput } from './message-sequence.ts';
export { MessageSequence } from './message-sequence.ts';
export type * from './messages.ts';
export { ProtocolError } from './protocol-error.ts';
export { newSessionId } from './session-id.ts';
export type { IntegerRange, StreamQuery, URLSearchParamsLike } from './stream-query.ts';
export {
  analysedChannels,
  buildStreamQuery,
  defaultAnalyze,
  defaultChannelRoles,
  defaultSampleRate,
  encodings,
  parseStreamQuery,
  purposes,
  roles,
  streamRanges,
  tagLimits,
} from './stream-query.ts';
export { refusalSubprotocol, streamSubprotocol } from './subprotocols.ts';
export { toSeconds } from './to-seconds.ts';
