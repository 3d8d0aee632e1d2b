export { packets, secondsOf } from '../audio-file/packets.ts';
export { readAudioFile } from '../audio-file/read-audio-file.ts';
export type { WavAudio } from '../audio-file/read-wav.ts';
export { readWav } from '../audio-file/read-wav.ts';
export type { MicrophoneOptions } from '../capture/node/microphone.ts';
export { microphone } from '../capture/node/microphone.ts';
