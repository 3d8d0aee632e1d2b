/** The channels of a session, as its streams were told of them. */
import type { Emotion } from '@undertone/client-sdk';
import type { Listening } from '../session/listening.ts';

export interface ChannelInfo {
  readonly channel: number;
  readonly role: Emotion['role'];
  readonly isAnalysed: boolean;
}

export function channelsOf({ lanes, envelope }: Listening): readonly ChannelInfo[] {
  const config = lanes.find((lane) => lane.log.begin)?.log.begin?.config;
  return Array.from({ length: envelope?.channels ?? 0 }, (_, channel) => {
    const role = config?.channel_roles[channel] ?? 'unknown';
    return { channel, role, isAnalysed: config === undefined || config.analyze.includes(role) };
  });
}

export function roleName(role: Emotion['role'], channel: number): string {
  if (role === 'customer') return 'Customer';
  if (role === 'agent') return 'Agent';
  return channel === 0 ? 'Speech' : `Channel ${channel + 1}`;
}
