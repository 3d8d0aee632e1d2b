/** Takes alert rules into a server that runs. Streams that run keep those with which they began. */
import type { AlertRule } from '@undertone/core';
import type { Reloadable } from '../config/reload-config.ts';
import type { Logger } from '../observability/logger.ts';
import { openAlertRules } from './open-alert-rules.ts';

/** Where streams that begin take their rules from. */
export interface AlertRulesHolder {
  alertRules?: readonly AlertRule[] | undefined;
}

/** @param labels of all models that are served */
export function reloadAlertRules(
  holder: AlertRulesHolder,
  labels: readonly string[],
  log: Logger,
): Reloadable {
  return {
    prepare: (next) => {
      const { alertRules } = openAlertRules(next, labels);
      return () => {
        // The file may have changed under the same name.
        const isChanged = JSON.stringify(alertRules) !== JSON.stringify(holder.alertRules);
        holder.alertRules = alertRules;
        if (!isChanged) return;
        const rules = alertRules?.map(({ name }) => name) ?? [];
        log.info({ rules }, 'alert rules reloaded: streams that begin have them, those that run keep theirs');
      };
    },
  };
}
