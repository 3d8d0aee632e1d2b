/** Every field of an alert rule, once: which kinds have it, what it may be, and what it is where it is left out. */
import {
  type AlertKind,
  type AlertRule,
  alertDimensions,
  alertDirections,
  alertKinds,
  alertLevels,
  alertRoles,
  alertWeights,
} from './alert-rule.ts';

export interface RuleField {
  readonly type: 'name' | 'choice' | 'choices' | 'names' | 'channels' | 'number' | 'integer';
  /** That have it. */
  readonly kinds: readonly AlertKind[];
  readonly choices?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  /** By kind; a kind that is not named has to be given a value. */
  readonly defaults: Readonly<Partial<Record<AlertKind, unknown>>>;
}

const always = (value: unknown): RuleField['defaults'] =>
  Object.fromEntries(alertKinds.map((kind) => [kind, value]));

export const ruleFields: Readonly<Record<keyof AlertRule, RuleField>> = {
  name: { type: 'name', kinds: alertKinds, defaults: {} },
  kind: { type: 'choice', kinds: alertKinds, choices: alertKinds, defaults: {} },
  level: { type: 'choice', kinds: alertKinds, choices: alertLevels, defaults: always('warn') },
  labels: { type: 'names', kinds: ['sustained', 'distress'], defaults: { ...always([]) } },
  dimension: {
    type: 'choice',
    kinds: ['sustained', 'drop', 'recovered'],
    choices: alertDimensions,
    defaults: always('valence'),
  },
  direction: {
    type: 'choice',
    kinds: ['sustained'],
    choices: alertDirections,
    defaults: always('above'),
  },
  arousalOn: { type: 'number', kinds: ['distress'], min: -1, max: 1, defaults: always(0) },
  arousalOff: { type: 'number', kinds: ['distress'], min: -1, max: 1, defaults: always(-1) },
  after: { type: 'name', kinds: ['recovered'], defaults: { sustained: '', drop: '', distress: '' } },
  on: { type: 'number', kinds: alertKinds, min: -2, max: 2, defaults: {} },
  off: { type: 'number', kinds: alertKinds, min: -2, max: 2, defaults: {} },
  durationMs: { type: 'integer', kinds: alertKinds, min: 1000, max: 60_000, defaults: always(6000) },
  windowMs: { type: 'integer', kinds: alertKinds, min: 2000, max: 120_000, defaults: always(30_000) },
  coolDownMs: { type: 'integer', kinds: alertKinds, min: 0, max: 3_600_000, defaults: always(30_000) },
  baselineMs: { type: 'integer', kinds: alertKinds, min: 0, max: 60_000, defaults: always(0) },
  weightBy: { type: 'choice', kinds: alertKinds, choices: alertWeights, defaults: always('speech') },
  minConfidence: { type: 'number', kinds: alertKinds, min: 0, max: 1, defaults: always(0) },
  roles: { type: 'choices', kinds: alertKinds, choices: alertRoles, defaults: always(alertRoles) },
  channels: { type: 'channels', kinds: alertKinds, defaults: always([]) },
};
