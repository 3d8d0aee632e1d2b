import type { TimelineChannel } from './call-timeline.ts';

/** The role where it is known, else the channel counted from 1. */
export function speakerName({ role, channel }: Pick<TimelineChannel, 'role' | 'channel'>): string {
  return role === 'unknown' ? `channel ${channel + 1}` : role;
}
