/** How an agent sounds is nobody's but the agent's: what is shown to others leaves it out unless they have a reason. */
import type { CallMessage } from './call-message.ts';
import type { CallTimeline } from './call-timeline.ts';

/** Whether a message says how an agent sounds. */
export function isOfAgent(message: CallMessage | null): boolean {
  return message !== null && 'role' in message && message.role === 'agent';
}

/** The timeline without results, alerts and turning points of agents; that there is one stays. */
export function withoutAgents(call: CallTimeline): CallTimeline {
  const agents = new Set(call.channels.filter(({ role }) => role === 'agent').map(({ channel }) => channel));
  if (agents.size === 0) return call;
  const isShown = ({ channel }: { readonly channel: number }): boolean => !agents.has(channel);
  return {
    ...call,
    channels: call.channels.map((each) =>
      isShown(each) ? each : { ...each, isAnalysed: false, segments: [], speechSeconds: 0 },
    ),
    alerts: call.alerts.filter(({ channel, role }) => isShown({ channel }) && role !== 'agent'),
    turningPoints: call.turningPoints.filter(isShown),
  };
}
