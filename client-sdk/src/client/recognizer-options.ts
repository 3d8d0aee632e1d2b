/** Options of `Recognizer`, and what they are checked for before anything happens. */
import { UndertoneError } from '@undertone/core';
import { type SocketOptions, toSocketSettings } from '../transport/socket.ts';
import type { EmotionSourceOptions } from './emotion-source.ts';
import type { LoadedModel } from './local-options.ts';
import { maxKeptBytesOf, type ReconnectOptions, toReconnectSettings } from './reconnect-options.ts';
import { resolveStreamQuery } from './stream-query.ts';
import { toStreamUrl } from './stream-url.ts';
import type { TokenSource } from './token-source.ts';

/** Where audio is recognised; `auto`: on the server, and on this device when it cannot be reached. */
export type Mode = 'server' | 'local' | 'auto';

export interface RecognizerOptions extends EmotionSourceOptions, SocketOptions {
  /** Default `server` where a `url` is given, else `local`. */
  readonly mode?: Mode;
  /**
   * Of the server: `ws://host:port`, `wss://`, `http://` or `https://`; the path `/v1/stream` is added where there is
   * none.
   */
  readonly url?: string;
  /** Credentials, or a function that gets them, called at each connect. Never a key in a page: a token of `POST /v1/tokens`. */
  readonly token?: TokenSource;
  /**
   * A connection that is lost is restored from the server's last checkpoint, on the same server or another: nothing is
   * lost and no result comes twice. False: it ends the stream with `connection_lost`. Default true.
   */
  readonly reconnect?: boolean | ReconnectOptions;
  /**
   * On a server `name` or `name@version` (default: the server's first). On this device `default` or `int8`, which ship, the
   * path (Node) or URL (browser) of a folder, or a `LocalModel` (default: `default`).
   */
  readonly model?: string | LoadedModel;
  /** The model of this device in the mode `auto`, where `model` is the server's. Default `default`. */
  readonly localModel?: string | LoadedModel;
  /** Where the worker, ONNX Runtime and models of this device are, in browsers. Default: beside this package's modules. */
  readonly assetBase?: string | URL;
  /** A head that was adapted to one voice on this device, where it is used: refused in the mode `server`. */
  readonly adaptation?: Uint8Array;
}

const modes: readonly Mode[] = ['server', 'local', 'auto'];

export function modeOf({ mode, url }: RecognizerOptions): Mode {
  return mode ?? (url === undefined ? 'local' : 'server');
}

/** @throws UndertoneError `bad_parameter` */
export function checkRecognizerOptions(options: RecognizerOptions): void {
  const mode = modeOf(options);
  if (!modes.includes(mode)) fail(`mode to be one of ${modes.join(', ')}`, `"${mode}"`);
  resolveStreamQuery(options);
  if (mode === 'local') return;
  if (options.url === undefined) fail(`a url in the mode ${mode}`, 'none');
  for (const url of serverUrls(options)) toStreamUrl(url, '');
  if (mode === 'server' && options.adaptation !== undefined) {
    fail(
      'adaptation in the mode local or auto, since it is used on this device only',
      'it in the mode server',
    );
  }
  toSocketSettings(options);
  const { reconnect = true } = options;
  toReconnectSettings(reconnect);
  maxKeptBytesOf(reconnect, 1);
  if (options.model !== undefined && typeof options.model !== 'string') {
    fail(`model to be the name of a model of the server in the mode ${mode}`, 'a model of this device');
  }
}

export function serverUrls({ url, reconnect }: RecognizerOptions): string[] {
  const others = typeof reconnect === 'object' ? (reconnect.urls ?? []) : [];
  return [url ?? '', ...others];
}

function fail(expected: string, found: string): never {
  throw new UndertoneError('bad_parameter', `Expected ${expected}; got ${found}.`);
}
