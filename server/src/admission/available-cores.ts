/** The cores that this process may use, which in a container can be fewer than there are, or a fraction. */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

const quotaFile = '/sys/fs/cgroup/cpu.max';

export function availableCores(): number {
  return Math.min(availableParallelism(), coresOfQuota(readQuota()));
}

/** @param text of `cpu.max` of control groups, version 2: `QUOTA PERIOD`, in microseconds, or `max PERIOD` */
export function coresOfQuota(text: string): number {
  const [quota, period] = text.trim().split(/\s+/).map(Number);
  return quota && period && quota > 0 && period > 0 ? quota / period : Number.POSITIVE_INFINITY;
}

function readQuota(): string {
  try {
    return readFileSync(quotaFile, 'utf8');
  } catch {
    // No such system, or no quota.
    return '';
  }
}
