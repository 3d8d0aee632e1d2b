import { microphone } from './undertone/capture.js';
import { Recognizer } from './undertone/undertone.js';

const heard = document.querySelector('#heard');

/** Asked for at each connection, a restored one included: a token lasts for a minute. */
async function token() {
  const response = await fetch('undertone-token', { method: 'POST' });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.message);
  return answer.token;
}

document.querySelector('#speak').addEventListener('click', async () => {
  const url = new URLSearchParams(location.search).get('server') ?? 'ws://127.0.0.1:8080';
  const recognizer = new Recognizer({ url, token, channelRoles: ['customer'] });
  recognizer.on('emotion', ({ label }) => {
    heard.textContent = label ?? 'undecided';
  });
  try {
    await recognizer.listen(await microphone());
  } catch (error) {
    heard.textContent = error.message;
  }
});
