/**
 * Counts failed attempts by address: a bucket that holds `burst` attempts and gains `perSecond`. Whoever shows a valid
 * key still gets in from an address that is blocked, since many callers may share one.
 */
import { isIPv6 } from 'node:net';

const burst = 20;
const perSecond = 1;
const maxAddresses = 10_000;

interface Bucket {
  attempts: number;
  atMs: number;
}

export class FailedAttempts {
  /** The address that failed longest ago comes first. */
  readonly #buckets = new Map<string, Bucket>();

  get size(): number {
    return this.#buckets.size;
  }

  isBlocked(address: string, nowMs: number): boolean {
    const bucket = this.#buckets.get(networkOf(address));
    return bucket !== undefined && left(bucket, nowMs) < 1;
  }

  add(address: string, nowMs: number): void {
    const key = networkOf(address);
    const bucket = this.#buckets.get(key);
    const attempts = bucket ? left(bucket, nowMs) : burst;
    this.#buckets.delete(key);
    this.#buckets.set(key, { attempts: Math.max(0, attempts - 1), atMs: nowMs });
    if (this.#buckets.size > maxAddresses) this.#buckets.delete(this.#buckets.keys().next().value!);
  }
}

function left({ attempts, atMs }: Bucket, nowMs: number): number {
  return Math.min(burst, attempts + ((nowMs - atMs) / 1000) * perSecond);
}

/** One caller of IPv6 has a whole network of 64 bits. */
function networkOf(address: string): string {
  if (!isIPv6(address) || address.includes('.')) return address;
  const [head = '', tail] = address.toLowerCase().split('::');
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const rest = tail === '' ? 0 : tail.split(':').length;
    while (groups.length + rest < 8) groups.push('0');
  }
  return groups.slice(0, 4).join(':');
}
