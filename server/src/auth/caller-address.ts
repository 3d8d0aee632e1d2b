/** Where a caller is, also behind a proxy. */
import { BlockList, isIP, isIPv6 } from 'node:net';
import { UndertoneError } from '@undertone/core';

/** An address, or a network such as `10.0.0.0/8`. */
const networkForm = /^([^/]+)(?:\/(\d{1,3}))?$/;
/** A chain of proxies is not longer. */
const mostForwarded = 32;

export class CallerAddress {
  readonly #trusted = new BlockList();
  readonly #hasProxies: boolean;

  /**
   * @param proxies addresses and networks whose header `X-Forwarded-For` is believed
   * @throws UndertoneError `bad_config`
   */
  constructor(proxies: readonly string[]) {
    this.#hasProxies = proxies.length > 0;
    for (const proxy of proxies) this.#trust(proxy);
  }

  /**
   * @param remote address of the connection
   * @param forwarded the header `X-Forwarded-For` as it came
   * @returns the nearest address that is no trusted proxy's; anybody can write what stands before it
   */
  of(remote: string | undefined, forwarded: string | undefined): string | undefined {
    if (!this.#hasProxies || remote === undefined || !this.#isTrusted(remote)) return remote;
    const chain = (forwarded ?? '')
      .split(',')
      .slice(-mostForwarded)
      .map((part) => plainAddress(part.trim()));
    let nearest = remote;
    for (const address of chain.reverse()) {
      if (isIP(address) === 0) return nearest;
      nearest = address;
      if (!this.#isTrusted(address)) return nearest;
    }
    return nearest;
  }

  #isTrusted(address: string): boolean {
    const plain = plainAddress(address);
    return isIP(plain) !== 0 && this.#trusted.check(plain, familyOf(plain));
  }

  #trust(proxy: string): void {
    const [, address = '', bits] = networkForm.exec(proxy) ?? [];
    const longest = isIPv6(address) ? 128 : 32;
    const prefix = bits === undefined ? longest : Number(bits);
    if (isIP(address) === 0 || prefix > longest)
      throw new UndertoneError(
        'bad_config',
        `Expected trustedProxies to list addresses and networks such as 10.0.0.0/8; got "${proxy}".`,
      );
    this.#trusted.addSubnet(address, prefix, familyOf(address));
  }
}

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIPv6(address) ? 'ipv6' : 'ipv4');

/** Without its port and brackets, and IPv4 that came in IPv6 as IPv4. */
function plainAddress(text: string): string {
  const bare = /^\[(.*)\](?::\d+)?$/.exec(text)?.[1] ?? text.replace(/^([\d.]+):\d+$/, '$1');
  return bare.replace(/^::ffff:(?=[\d.]+$)/i, '');
}
