// Audio comes in by HTTP while it is recorded (16-bit PCM, 16 kHz), results go out as JSON lines while it is spoken.
import { createServer } from 'node:http';
import { Recognizer } from '@undertone/client-sdk';

const { UNDERTONE_URL = 'ws://127.0.0.1:8080', UNDERTONE_API_KEY, PORT = '3000' } = process.env;

const server = createServer(async (request, response) => {
  if (request.method !== 'PUT' || request.url !== '/calls') return response.writeHead(404).end();
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  const recognizer = new Recognizer({
    url: UNDERTONE_URL,
    token: UNDERTONE_API_KEY,
    channelRoles: ['customer'],
    signal: gone.signal,
  });
  response.setHeader('content-type', 'application/x-ndjson');
  recognizer.on('emotion', ({ is_final, start, end, label, confidence }) => {
    if (is_final) response.write(`${JSON.stringify({ start, end, label, confidence })}\n`);
  });
  try {
    // Whatever befalls the stream, the connection stays, so that the answer can be sent.
    const audio = request.iterator({ destroyOnReturn: false });
    const { audio_s, per_channel } = await recognizer.listen(audio);
    response.end(`${JSON.stringify({ audio_s, label: per_channel[0]?.label ?? null })}\n`);
  } catch (error) {
    // A status can no longer be sent once there were results.
    if (!response.headersSent) response.statusCode = 502;
    response.end(`${JSON.stringify({ code: error.code, message: error.message })}\n`);
  }
});

server.listen(Number(PORT), '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
