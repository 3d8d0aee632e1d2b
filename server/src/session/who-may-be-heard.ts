/** Which voices a server analyses, and when: section "Who is heard" of docs/protocol.md and docs/responsible-use.md. */
import { UndertoneError } from '@undertone/core';
import { analysedChannels, type StreamConfig } from '@undertone/proto';
import { expectMayAnalyse } from '../auth/permissions.ts';
import type { Principal } from '../auth/principal.ts';
import type { ServerConfig } from '../config/fields.ts';

type Asked = Pick<StreamConfig, 'channel_roles' | 'analyze' | 'purpose'>;
type Allowed = Pick<ServerConfig, 'allowRole' | 'allowUnknownRole' | 'requireConsent'>;

/** @throws UndertoneError `bad_parameter`, `role_not_allowed`, `forbidden` */
export function expectMayBeHeard(asked: Asked, principal: Principal, allowed: Allowed): void {
  const { channel_roles, analyze, purpose } = asked;
  const analysed = analysedChannels(asked);
  const heard = channel_roles.filter((_, i) => analysed[i]);
  if (heard.length === 0) {
    const expected = `at least one role of the channels (${channel_roles.join(',')})`;
    throw new UndertoneError(
      'bad_parameter',
      `Expected analyze to be ${expected}; got ${analyze.join(',')}.`,
    );
  }
  expectMayAnalyse(principal, heard);
  if (heard.includes('agent')) {
    if (!allowed.allowRole.includes('agent')) {
      const message = `Expected analyze to leave out agent, whom this server does not analyse (--allow-role agent); got ${analyze.join(',')}.`;
      throw new UndertoneError('role_not_allowed', message);
    }
    if (!purpose) {
      const message =
        'Expected purpose=medical, safety or personal_training where an agent is analysed; got none.';
      throw new UndertoneError('role_not_allowed', message);
    }
  }
  if (heard.includes('unknown') && !mayHearUnknown(principal, allowed)) {
    const message =
      'Expected channel_roles to name who speaks, because a channel of unknown role may hold both sides of a call (--allow-unknown-role yes allows it); got unknown.';
    throw new UndertoneError('role_not_allowed', message);
  }
}

/** Where nobody has to show who they are, it is a machine to try things out on. */
function mayHearUnknown({ anonymous }: Principal, { allowUnknownRole }: Allowed): boolean {
  return allowUnknownRole === 'yes' || (allowUnknownRole === 'auto' && anonymous);
}

/**
 * The consent that is in effect.
 * @throws UndertoneError `consent_denied`
 */
export function effectiveConsent(
  consent: StreamConfig['consent'],
  { requireConsent }: Allowed,
): Pick<StreamConfig, 'consent'> {
  if (consent === 'denied') {
    throw new UndertoneError('consent_denied', 'Expected consent to being analysed; it is denied.');
  }
  if (consent) return { consent };
  return requireConsent ? { consent: 'pending' } : {};
}
