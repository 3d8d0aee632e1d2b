/** Settings that are each right and do not fit one another. */
import { isLoopback } from './loopback.ts';
import type { Problems } from './problems.ts';
import type { ServerConfig } from './server-config.ts';
import { addSinkContradictions } from './sink-contradictions.ts';

export function addContradictions(config: ServerConfig, problems: Problems): void {
  const { adminHost, adminPort, adminToken } = config;
  if (adminPort !== 'off' && adminToken === '' && !isLoopback(adminHost)) {
    problems.add(
      `Expected adminToken where others reach the admin listener (adminHost "${adminHost}"); got none. Give UNDERTONE_ADMIN_TOKEN, or leave adminHost 127.0.0.1.`,
    );
  }
  if (config.canaryPercent > 0 && config.canaryModel === '')
    problems.add(`Expected canaryModel beside canaryPercent ${config.canaryPercent}; got none.`);
  if (config.shadowPercent > 0 && config.shadowModel === '')
    problems.add(`Expected shadowModel beside shadowPercent ${config.shadowPercent}; got none.`);
  if (config.alertRules !== '' && config.alerts === 'off')
    problems.add('Expected alerts to be asked or on beside alertRules; got off.');
  const { publicUrl, twilioAuthToken } = config;
  const isAddress = /^(wss?|https?):$/.test(URL.canParse(publicUrl) ? new URL(publicUrl).protocol : '');
  if (publicUrl !== '' && !isAddress)
    problems.add(`Expected publicUrl to be an address such as wss://voice.example.com; got "${publicUrl}".`);
  if (twilioAuthToken.length > 0 && publicUrl === '')
    problems.add(
      'Expected publicUrl beside twilioAuthToken: Twilio signs the address that it was given; got none.',
    );
  addSinkContradictions(config, problems);
}
