/**
 * What a stream keeps in memory: resident memory of the server process with so many idle streams (connected, nothing
 * sent) and with the same number speaking, less what it had before, by stream.
 *
 *     npm run bench:memory -- [--streams 1000] [--seconds 12] [--model DIR] [--json] [-- FLAGS OF THE SERVER]
 */
import { parseArgs } from 'node:util';
import { openLoadClient } from '../load/load-client.ts';
import { piecesOf } from '../load/load-speech.ts';
import { runLoadStream } from '../load/load-stream.ts';
import { PacketClock } from '../load/packet-clock.ts';
import { ServerProcess } from '../load/server-process.ts';
import { testModelFolder } from '../support/model.ts';
import { StreamClient } from '../support/stream-client.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    streams: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '12' },
    model: { type: 'string', default: testModelFolder() },
    json: { type: 'boolean', default: false },
  },
});
const streams = Number(values.streams);
const seconds = Number(values.seconds);
const server = await ServerProcess.start(['--log-level', 'warn', '--model', values.model, ...positionals]);
const stepMs = await server.stepMs();
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const clock = new PacketClock();
const pieces = piecesOf({ variants: 4, seconds });

async function speak(count: number): Promise<void> {
  await Promise.all(
    Array.from({ length: count }, async (_, i) => {
      await pause((i * 2000) / count);
      const audio = pieces[i % pieces.length]!;
      const result = await runLoadStream(openLoadClient.ws, clock, {
        url: server.url,
        audio,
        packetMs: 100,
        stepMs,
      });
      if (result.error) throw result.error;
    }),
  );
}

// What is made once, as compiled code and the model's buffers, is nobody's.
await speak(Math.min(64, streams));
await pause(1000);
const beforeBytes = server.rssBytes();
const idle: StreamClient[] = [];
for (let i = 0; i < streams; i++) {
  idle.push(new StreamClient(server.url));
  if (i % 50 === 49) await idle.at(-1)!.first('Begin');
}
await Promise.all(idle.map((client) => client.first('Begin')));
await pause(1000);
const idleBytes = server.rssBytes();
for (const client of idle) client.socket.terminate();
await pause(1000);

let activeBytes = 0;
const watch = setInterval(() => {
  activeBytes = Math.max(activeBytes, server.rssBytes());
}, 250);
await speak(streams);
clearInterval(watch);
await server.stop();
const kib = (bytes: number): number => Math.round((bytes - beforeBytes) / streams / 102.4) / 10;
const report = {
  streams,
  beforeMiB: Math.round(beforeBytes / 1_048_576),
  idleKiBPerStream: kib(idleBytes),
  activeKiBPerStream: kib(activeBytes),
};
if (!values.json) console.error(report);
console.log(JSON.stringify(report));
