import { microphone } from './undertone/capture.js';
import { Recognizer } from './undertone/undertone.js';

const url = new URLSearchParams(location.search).get('server') ?? 'ws://127.0.0.1:8080';
const [local, speak, stop, heard, summary] = ['local', 'speak', 'stop', 'heard', 'summary'].map((id) =>
  document.getElementById(id),
);

speak.addEventListener('click', async () => {
  speak.disabled = true;
  summary.textContent = '';
  try {
    const voice = await microphone();
    stop.disabled = false;
    stop.onclick = () => voice.stop();
    const recognizer = new Recognizer(local.checked ? { mode: 'local' } : { url });
    recognizer.on('emotion', ({ label, confidence }) => {
      heard.textContent = label ? `${label} (${Math.round(100 * confidence)} %)` : 'undecided';
    });
    recognizer.on('reconnecting', ({ message }) => {
      heard.textContent = message;
    });
    summary.textContent = JSON.stringify(await recognizer.listen(voice), null, 2);
  } catch (error) {
    heard.textContent = `${error.code}: ${error.message}`;
  } finally {
    speak.disabled = false;
    stop.disabled = true;
  }
});
