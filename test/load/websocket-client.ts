/** A WebSocket connection of the load generator: `ws` without what a generator does not need. */
import type { ServerMessage } from '@undertone/proto';
import { WebSocket } from 'ws';
import type { LoadClient, LoadClientHandlers } from './load-client.ts';
import { Refused } from './refused.ts';

export function openWebSocketClient(url: string, handlers: LoadClientHandlers): LoadClient {
  const socket = new WebSocket(url, {
    perMessageDeflate: false,
    skipUTF8Validation: true,
    // Masked as any client's frames are, so that the server unmasks; one random mask for all saves only the generator.
    generateMask: (mask) => mask.fill(0x5a),
  });
  let error: Error | null = null;
  let isOver = false;
  const end = (): void => {
    if (isOver) return;
    isOver = true;
    handlers.onEnd(error);
  };
  socket.on('message', (data) => handlers.onMessage(JSON.parse(String(data)) as ServerMessage));
  socket.on('unexpected-response', (request, response) => {
    error = new Refused(response.statusCode ?? 0, response.headers['retry-after'] !== undefined);
    response.resume();
    request.destroy();
    end();
  });
  socket.on('error', (cause) => {
    error ??= cause;
  });
  socket.on('close', (code, reason) => {
    if (code !== 1000) error ??= new Error(`closed with ${code} ${reason.toString()}`.trim());
    end();
  });
  return {
    sendAudio: (bytes) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(bytes);
    },
    finish: () => {
      if (socket.readyState === WebSocket.OPEN) socket.send('{"type":"CloseStream"}');
    },
    abort: () => socket.terminate(),
  };
}
