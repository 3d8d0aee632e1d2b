/** Who speaks on a channel, in a column of its own. */
import type { Role } from '@undertone/proto';

/** Characters of `speakerText`. */
export const speakerWidth = 9;

/** The role where it is known, else the channel counted from 1. */
export function speakerText(role: Role, channel: number): string {
  return (role === 'unknown' ? `channel ${channel + 1}` : role).padEnd(speakerWidth);
}
