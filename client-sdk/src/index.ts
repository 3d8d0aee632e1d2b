export type { ErrorCode } from '@undertone/core';
export { UndertoneError } from '@undertone/core';
export type { Encoding, Role, Sentiment, ServerMessage, StreamConfig } from '@undertone/proto';
export type { AudioSource } from './client/audio-feed.ts';
export type { AudioFormat, AudioGap, AudioInput, GapReason } from './client/audio-input.ts';
export type { StreamChanges } from './client/configure.ts';
export type {
  Alert,
  AudioChunk,
  Begin,
  Configured,
  Emotion,
  EmotionEvents,
  EmotionSourceOptions,
  Gap,
  SpeechEnded,
  SpeechStarted,
  Summary,
  Trend,
  Warning,
} from './client/emotion-source.ts';
export type { LoadedModel } from './client/local-options.ts';
export { Recognizer } from './client/recognizer.ts';
export type { Mode, RecognizerOptions } from './client/recognizer-options.ts';
export type { ReconnectOptions } from './client/reconnect-options.ts';
export type { TokenSource } from './client/token-source.ts';
export type { SocketOptions } from './transport/socket.ts';
