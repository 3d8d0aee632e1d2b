/**
 * The floor under a server of streams: CPU of a process that receives packets of audio over WebSocket from so many
 * clients in real time and throws them away.
 *
 *     npm run bench:socket-floor -- [--streams 500] [--seconds 10] [--json]
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { WebSocket } from 'ws';
import { PacketClock } from '../load/packet-clock.ts';

const { values } = parseArgs({
  options: {
    streams: { type: 'string', default: '500' },
    seconds: { type: 'string', default: '10' },
    json: { type: 'boolean', default: false },
  },
});
const streams = Number(values.streams);
const seconds = Number(values.seconds);
const rows: { packetMs: number; usPerPacket: number; cpuMsPerAudioSecond: number }[] = [];
for (const packetMs of [100, 20]) rows.push(await measure(packetMs));
if (!values.json) console.table(rows);
console.log(JSON.stringify({ streams, seconds, rows }));

async function measure(packetMs: number): Promise<(typeof rows)[number]> {
  const child = fork(fileURLToPath(new URL('../load/bare-server.ts', import.meta.url)), {
    execArgv: ['--conditions=@undertone/source', '--import', 'tsx'],
  });
  const [port] = (await once(child, 'message')) as [number];
  const sockets = Array.from(
    { length: streams },
    () =>
      new WebSocket(`ws://127.0.0.1:${port}`, {
        perMessageDeflate: false,
        generateMask: (mask) => mask.fill(0x5a),
      }),
  );
  await Promise.all(sockets.map((socket) => once(socket, 'open')));
  const used = async (): Promise<{ cpuSeconds: number; packets: number }> => {
    child.send('');
    return ((await once(child, 'message')) as [{ cpuSeconds: number; packets: number }])[0];
  };
  const before = await used();
  const audio = Buffer.alloc(32 * packetMs, 1);
  const clock = new PacketClock();
  const startMs = performance.now();
  const endMs = startMs + seconds * 1000;
  await Promise.all(
    sockets.map(
      (socket) =>
        new Promise<void>((resolve) => {
          const send = (dueMs: number): number | null => {
            socket.send(audio);
            if (dueMs + packetMs < endMs) return dueMs + packetMs;
            resolve();
            return null;
          };
          clock.add({ send }, startMs + Math.random() * packetMs);
        }),
    ),
  );
  await new Promise((resolve) => setTimeout(resolve, 300));
  const after = await used();
  for (const socket of sockets) socket.terminate();
  child.disconnect();
  const packets = after.packets - before.packets;
  const us = ((after.cpuSeconds - before.cpuSeconds) * 1e6) / packets;
  return {
    packetMs,
    usPerPacket: Number(us.toFixed(1)),
    cpuMsPerAudioSecond: Number((us / packetMs).toFixed(3)),
  };
}
