// Both sides of a call in one page: the caller sends the microphone, the callee hears the caller's emotion.
import { hear } from './hear.js';

const url = new URLSearchParams(location.search).get('server') ?? undefined;
const [call, hangUp, heard, summary] = ['call', 'hang-up', 'heard', 'summary'].map((id) =>
  document.getElementById(id),
);

call.addEventListener('click', async () => {
  call.disabled = true;
  const caller = new RTCPeerConnection();
  const callee = new RTCPeerConnection();
  caller.onicecandidate = ({ candidate }) => callee.addIceCandidate(candidate);
  callee.onicecandidate = ({ candidate }) => caller.addIceCandidate(candidate);
  callee.ontrack = async ({ track }) => {
    const show = ({ label }) => {
      heard.textContent = label ?? 'undecided';
    };
    try {
      const listening = await hear(track, show, url);
      hangUp.disabled = false;
      hangUp.onclick = () => {
        listening.stop();
        caller.close();
        callee.close();
      };
      summary.textContent = JSON.stringify(await listening.summary, null, 2);
    } catch (error) {
      heard.textContent = `${error.code}: ${error.message}`;
    }
  };

  const voice = await navigator.mediaDevices.getUserMedia({ audio: true });
  for (const track of voice.getTracks()) caller.addTrack(track, voice);
  await caller.setLocalDescription();
  await callee.setRemoteDescription(caller.localDescription);
  await callee.setLocalDescription();
  await caller.setRemoteDescription(callee.localDescription);
});
