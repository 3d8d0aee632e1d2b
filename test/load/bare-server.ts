/** A WebSocket server that counts what comes and does nothing else: the least that receiving audio costs. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';

const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
let packets = 0;
server.on('connection', (socket) => {
  socket.on('message', () => {
    packets++;
  });
});
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send!({ cpuSeconds: (user + system) / 1e6, packets });
});
process.on('disconnect', () => process.exit());
await once(server, 'listening');
process.send!((server.address() as AddressInfo).port);
