export type { ErrorCode } from '@undertone/core';
export { UndertoneError } from '@undertone/core';
export type { Encoding, Role, Sentiment, ServerMessage } from '@undertone/proto';
export { packets, secondsOf } from './audio-file/packets.ts';
export { readAudioFile } from './audio-file/read-audio-file.ts';
export type { WavAudio } from './audio-file/read-wav.ts';
export { readWav } from './audio-file/read-wav.ts';
export type { RecorderOptions } from './capture/recorder.ts';
export { Recorder } from './capture/recorder.ts';
export type {
  AudioChunk,
  Begin,
  Emotion,
  EmotionEvents,
  EmotionSource,
  EmotionSourceOptions,
  SpeechEnded,
  SpeechStarted,
  Summary,
} from './client/emotion-source.ts';
export type { EmotionStreamOptions } from './client/emotion-stream.ts';
export { EmotionStream } from './client/emotion-stream.ts';
export type { ReconnectOptions } from './client/reconnect-options.ts';
export type { LocalRecognizerOptions } from './local/local-recognizer.ts';
export { LocalRecognizer } from './local/local-recognizer.ts';
export { defaultModelFolder, LocalModel } from './local/node/local-model.ts';
export type { SocketOptions } from './transport/socket.ts';
