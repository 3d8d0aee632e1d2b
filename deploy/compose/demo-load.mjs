/**
 * Calls for the dashboards: streams the customer's side of the demo call over and over, in real time, several at once.
 * Environment: URL, STREAMS, WAV.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';

const { URL: url = 'ws://server:8080/v1/stream', STREAMS = '8', WAV = '/app/demo/call.wav' } = process.env;
const packetMs = 100;
const wav = readWav(readFileSync(WAV));

process.on('SIGTERM', () => process.exit(0));
await Promise.all(Array.from({ length: Number(STREAMS) }, (_, i) => callForever(i)));

async function callForever(i) {
  await sleep((i * 5000) / Number(STREAMS));
  for (;;) {
    await call().catch((error) => process.stderr.write(`${error.message}\n`));
    await sleep(1000 + Math.random() * 4000);
  }
}

/** One call; ends when the server has said its last word, or with why it could not. */
function call() {
  const query = new URLSearchParams({
    encoding: wav.encoding,
    sample_rate: String(wav.sampleRateHz),
    channels: String(wav.channels),
    channel_roles: 'customer,agent',
    analyze: 'customer',
  });
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${url}?${query}`);
    socket.on('error', reject);
    socket.on('close', resolve);
    socket.on('open', () => void speak(socket).catch(reject));
  });
}

async function speak(socket) {
  const bytes = Math.floor((wav.sampleRateHz * packetMs) / 1000) * wav.frameBytes;
  const startedMs = performance.now();
  for (let at = 0, sent = 1; at < wav.data.length && socket.readyState === socket.OPEN; at += bytes, sent++) {
    // A packet is there when its last sample has been spoken.
    await sleep(Math.max(0, startedMs + sent * packetMs - performance.now()));
    socket.send(wav.data.subarray(at, at + bytes));
  }
  socket.send(JSON.stringify({ type: 'CloseStream' }));
}

function readWav(file) {
  const chunks = {};
  for (let at = 12; at + 8 <= file.length; at += 8 + file.readUInt32LE(at + 4))
    chunks[file.toString('latin1', at, at + 4)] = file.subarray(at + 8, at + 8 + file.readUInt32LE(at + 4));
  const format = chunks['fmt '];
  const encoding = { 1: 'linear16', 6: 'alaw', 7: 'mulaw' }[format.readUInt16LE(0)];
  return {
    encoding,
    channels: format.readUInt16LE(2),
    sampleRateHz: format.readUInt32LE(4),
    frameBytes: format.readUInt16LE(12),
    data: chunks.data,
  };
}
