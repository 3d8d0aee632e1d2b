// A page that recognises speech in real time, over and over, and notes when what came. Made by parameters of its address:
// `server`: recognise there; without it on the device. `microphone`: hear it; without it the samples of /speech.raw.
import { Recognizer } from '/undertone/undertone.js';

const parameters = new URLSearchParams(location.search);
const packetMs = 40;
const packetSamples = 16 * packetMs;
/** Results that are kept, newest last; as much as is made anew for none. */
const kept = 256;
/** The default of 500 in steps of the model, 40. */
const endpointingMs = 520;
const server = parameters.get('server');

const live = {
  readyMs: 0,
  firstResultMs: null,
  results: 0,
  /** Of each result: from the packet with the last sample it needs to its coming, without what the server says it took. */
  addedMs: new Float64Array(kept),
  failure: '',
};
window.live = live;

const sentAtMs = new Float64Array(1024);
const recognizer = new Recognizer(server ? { url: server } : { mode: 'local' });
recognizer.on('emotion', (message) => {
  const nowMs = performance.now();
  // When a microphone gave its first sample is not known.
  if (live.results === 0 && sentAtMs[0] > 0) live.firstResultMs = nowMs - sentAtMs[0] + packetMs;
  const pauseMs = message.is_final ? endpointingMs : 0;
  // The tail of a frame beyond the end of a result: see the server's arrival clock.
  const packet = Math.ceil((message.end * 1000 + pauseMs + 15) / packetMs) - 1;
  live.addedMs[live.results++ % kept] = nowMs - sentAtMs[packet % 1024] - (message.latency_ms ?? 0);
  // Who times the page's tasks listens to this: a question from outside would be a long task of its own.
  if (live.results === 5) console.info('five results');
});

try {
  await recognizer.start();
  await recognizer.opened;
  live.readyMs = performance.now();
  if (parameters.has('microphone')) {
    const { microphone } = await import('/undertone/capture.js');
    await recognizer.listen(await microphone());
  } else await writeInRealTime(new Int16Array(await (await fetch('/speech.raw')).arrayBuffer()));
} catch (error) {
  live.failure = String(error);
  console.info(`failed: ${error}`);
}

async function writeInRealTime(speech) {
  const packets = Math.floor(speech.length / packetSamples);
  const startMs = performance.now();
  for (let i = 0; ; i++) {
    // A packet is complete when its last sample is captured.
    const waitMs = startMs + (i + 1) * packetMs - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    const start = (i % packets) * packetSamples;
    sentAtMs[i % 1024] = performance.now();
    await recognizer.write(speech.subarray(start, start + packetSamples));
  }
}
