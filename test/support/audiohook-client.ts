/** Genesys Cloud's side of AudioHook v2, signed as it signs. */
import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { WebSocket } from 'ws';

// As in the README of Genesys' reference implementation.
export const apiKey = 'SGVsbG8sIEkgYW0gdGhlIEFQSSBrZXkh';
export const clientSecret = 'TXlTdXBlclNlY3JldEtleVRlbGxOby0xITJAMyM0JDU=';

export interface HookMessage {
  readonly type: string;
  readonly id: string;
  readonly seq: number;
  readonly clientseq: number;
  readonly parameters: Record<string, unknown>;
}

export type HookHeaders = Record<string, string>;

export interface SignatureChange {
  readonly secret?: string;
  readonly created?: number;
  readonly nonce?: string;
  readonly covered?: readonly string[];
}

export function identity(): HookHeaders {
  return {
    'audiohook-organization-id': randomUUID(),
    'audiohook-session-id': randomUUID(),
    'audiohook-correlation-id': randomUUID(),
    'x-api-key': apiKey,
  };
}

export function signed(url: string, headers: HookHeaders, change: SignatureChange = {}): HookHeaders {
  const { pathname, search, host } = new URL(url);
  const created = change.created ?? Math.floor(Date.now() / 1000);
  const covered = change.covered ?? ['@request-target', '@authority', ...Object.keys(headers)];
  const nonce = change.nonce ?? randomBytes(16).toString('base64');
  const params =
    `(${covered.map((name) => `"${name}"`).join(' ')});keyid="${headers['x-api-key']}";nonce="${nonce}"` +
    `;alg="hmac-sha256";created=${created};expires=${created + 10}`;
  const values: HookHeaders = { '@request-target': pathname + search, '@authority': host, ...headers };
  const base = [
    ...covered.map((name) => `"${name}": ${values[name]}`),
    `"@signature-params": ${params}`,
  ].join('\n');
  const secret = Buffer.from(change.secret ?? clientSecret, 'base64');
  const signature = createHmac('sha256', secret).update(base).digest('base64');
  return { ...headers, 'signature-input': `sig1=${params}`, signature: `sig1=:${signature}:` };
}

const media = (...channels: string[]): object => ({ type: 'audio', format: 'PCMU', channels, rate: 8000 });
export const usualOffer: readonly object[] = [
  media('external', 'internal'),
  media('external'),
  media('internal'),
];
export const agentOffer: readonly object[] = [media('internal')];
export const stereoOffer: readonly object[] = [media('external', 'internal')];

export class AudiohookClient {
  readonly socket: WebSocket;
  readonly headers: HookHeaders;
  readonly messages: HookMessage[] = [];
  readonly closed: Promise<number>;
  #seq = 0;
  #wake: (() => void)[] = [];

  private constructor(socket: WebSocket, headers: HookHeaders) {
    this.socket = socket;
    this.headers = headers;
    const wakeAll = (): void => {
      for (const wake of this.#wake.splice(0)) wake();
    };
    socket.on('message', (data) => {
      this.messages.push(JSON.parse(data.toString()));
      wakeAll();
    });
    socket.on('error', () => {});
    this.closed = new Promise((resolve) => {
      socket.on('close', (code) => {
        resolve(code);
        wakeAll();
      });
    });
  }

  static async connect(
    url: string,
    headers: HookHeaders = signed(url, identity()),
  ): Promise<AudiohookClient> {
    const client = new AudiohookClient(new WebSocket(url, { headers, perMessageDeflate: false }), headers);
    await once(client.socket, 'open');
    return client;
  }

  send(type: string, parameters: object = {}, change: object = {}): void {
    this.#seq++;
    const message = {
      version: '2',
      type,
      id: this.headers['audiohook-session-id'],
      seq: this.#seq,
      serverseq: this.messages.at(-1)?.seq ?? 0,
      position: 'PT0S',
      parameters,
      ...change,
    };
    this.socket.send(JSON.stringify(message));
  }

  async open(offer: readonly object[] = usualOffer, change: object = {}): Promise<HookMessage> {
    this.send('open', {
      organizationId: this.headers['audiohook-organization-id'],
      conversationId: '090eaa2f-72fa-480a-83e0-8667ff89c0ec',
      participant: {
        id: '883efee8-3d6c-4537-b500-6d7ca4b92fa0',
        ani: '+15550100',
        aniName: 'Jane Doe',
        dnis: '+15550101',
      },
      media: offer,
      language: 'en-US',
      ...change,
    });
    return this.next('opened');
  }

  /** The first message of this type. */
  async next(type: string): Promise<HookMessage> {
    for (;;) {
      const found = this.messages.find((message) => message.type === type);
      if (found) return found;
      if (this.socket.readyState === WebSocket.CLOSED) throw new Error(`Closed without ${type}`);
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  async end(): Promise<HookMessage> {
    this.send('close', { reason: 'end' });
    const closed = await this.next('closed');
    this.socket.close();
    await this.closed;
    return closed;
  }
}
