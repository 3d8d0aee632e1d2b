/** The rules that ship. `docs/alerts.md` says how they were chosen and what they do. */
import type { AlertRule } from './alert-rule.ts';
import { parseAlertRules } from './parse-alert-rules.ts';

export const defaultAlertRules: readonly AlertRule[] = /* @__PURE__ */ parseAlertRules({
  rules: [
    {
      name: 'sustained_anger',
      kind: 'sustained',
      labels: ['angry'],
      level: 'warn',
      on: 0.4,
      off: 0.2,
      durationMs: 6000,
      windowMs: 30_000,
      coolDownMs: 30_000,
    },
    {
      name: 'rapid_drop',
      kind: 'drop',
      dimension: 'valence',
      level: 'warn',
      on: 0.25,
      off: 0.1,
      durationMs: 8000,
      windowMs: 60_000,
      coolDownMs: 60_000,
      baselineMs: 8000,
      weightBy: 'confidence',
    },
    {
      name: 'distress',
      kind: 'distress',
      labels: ['fearful', 'sad'],
      level: 'warn',
      on: 0.35,
      off: 0.15,
      arousalOn: 0,
      arousalOff: -0.1,
      durationMs: 8000,
      windowMs: 30_000,
      coolDownMs: 60_000,
      baselineMs: 8000,
    },
    {
      name: 'recovered',
      kind: 'recovered',
      after: 'sustained_anger',
      level: 'info',
      on: -0.2,
      off: -0.4,
      durationMs: 6000,
      windowMs: 60_000,
    },
  ],
});
