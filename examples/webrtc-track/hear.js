// The other side of a call: any WebRTC audio track, heard while it plays.
import { fromTrack } from './undertone/capture.js';
import { Recognizer } from './undertone/undertone.js';

/**
 * `summary` resolves when the call is over or `stop` was called.
 * LiveKit: `room.on('trackSubscribed', (track) => hear(track.mediaStreamTrack, show))` for a track of kind audio.
 */
export async function hear(track, onEmotion, url = 'ws://127.0.0.1:8080') {
  const recognizer = new Recognizer({ url, channelRoles: ['customer'] });
  recognizer.on('emotion', onEmotion);
  const voice = await fromTrack(track);
  return { summary: recognizer.listen(voice), stop: () => voice.stop() };
}
