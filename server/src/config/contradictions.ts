/** Settings that are each right and do not fit one another. */
import { isLoopback } from './loopback.ts';
import type { Problems } from './problems.ts';
import type { ServerConfig } from './server-config.ts';

export function addContradictions(config: ServerConfig, problems: Problems): void {
  const { adminHost, adminPort, adminToken } = config;
  if (adminPort !== 'off' && adminToken === '' && !isLoopback(adminHost)) {
    problems.add(
      `Expected adminToken where others reach the admin listener (adminHost "${adminHost}"); got none. Give UNDERTONE_ADMIN_TOKEN, or leave adminHost 127.0.0.1.`,
    );
  }
}
