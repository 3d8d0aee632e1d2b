// A back end for pages: it keeps the API key, and a page that may listen gets a token that lasts for a minute.
import { fileURLToPath } from 'node:url';
import express from 'express';

const { UNDERTONE_URL = 'http://127.0.0.1:8080', UNDERTONE_API_KEY, PORT = '3000' } = process.env;
if (!UNDERTONE_API_KEY) throw new Error('Expected UNDERTONE_API_KEY to be a key of the server (utk_...).');

const app = express();

app.post('/undertone-token', async (_request, response) => {
  // Here comes your own check of who asks: a session, a login.
  const answer = await fetch(new URL('/v1/tokens', UNDERTONE_URL), {
    method: 'POST',
    headers: { authorization: `Bearer ${UNDERTONE_API_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ ttl_seconds: 60, max_sessions: 1, roles: ['customer'] }),
    signal: AbortSignal.timeout(5000),
  }).catch(() => null);
  response.set('cache-control', 'no-store');
  if (answer?.ok) response.json(await answer.json());
  else response.status(502).json({ message: 'The server gave no token.' });
});

app.use(express.static(fileURLToPath(new URL('public', import.meta.url))));
// The SDK's modules for pages without a bundler.
const sdk = new URL('web', import.meta.resolve('@undertone/client-sdk'));
app.use('/undertone', express.static(fileURLToPath(sdk)));

const server = app.listen(Number(PORT), '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
