/** Waits until something listens. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UndertoneError } from '@undertone/core';

/**
 * @param port 0 for a free one
 * @returns the port
 * @throws UndertoneError `bad_config` when the address cannot be had
 */
export async function listen(http: Server, host: string, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    const refuse = (cause: Error): void => {
      const sentence = `Expected to listen on ${host}:${port}; ${cause.message}.`;
      reject(new UndertoneError('bad_config', sentence, { cause }));
    };
    http.once('error', refuse);
    http.listen(port, host, () => {
      http.off('error', refuse);
      resolve();
    });
  });
  return (http.address() as AddressInfo).port;
}

/** `host:port` as it stands in an address: IPv6 in brackets. */
export function hostAndPort(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
