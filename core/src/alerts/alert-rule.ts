/** What an alert rule is, and those that ship. `docs/alerts.md` says how they were chosen. */
export const alertKinds = ['sustained', 'drop', 'distress', 'recovered'] as const;
export const alertLevels = ['info', 'warn', 'critical'] as const;
/** Agents raise no alerts. */
export const alertRoles = ['customer', 'unknown'] as const;
export const alertDimensions = ['valence', 'arousal'] as const;
export const alertDirections = ['above', 'below'] as const;

export const alertWeights = ['speech', 'confidence'] as const;

export type AlertKind = (typeof alertKinds)[number];
export type AlertLevel = (typeof alertLevels)[number];
export type AlertRole = (typeof alertRoles)[number];
export type AlertDimension = (typeof alertDimensions)[number];
export type AlertWeight = (typeof alertWeights)[number];
export type AlertDirection = (typeof alertDirections)[number];

/** Complete: `parseAlertRules` fills in what a file leaves out. Fields that a kind does not use are empty. */
export interface AlertRule {
  readonly name: string;
  readonly kind: AlertKind;
  readonly level: AlertLevel;
  /** Whose probabilities are added up: `sustained`, unless by dimension, and `distress`. */
  readonly labels: readonly string[];
  /** `sustained` without labels, `drop` and `recovered`. */
  readonly dimension: AlertDimension;
  /** `sustained` of a dimension. */
  readonly direction: AlertDirection;
  /** Mean arousal that `distress` needs beside its labels, -1 to 1, and below which it is over. */
  readonly arousalOn: number;
  readonly arousalOff: number;
  /** Name of the rule that `recovered` comes after. */
  readonly after: string;
  /** Opens at this mean, or at a drop of this size. */
  readonly on: number;
  /** Clears beyond this one. */
  readonly off: number;
  /** Speech that the mean is taken over, at least. */
  readonly durationMs: number;
  /** Audio, silence included, after which speech no longer counts. */
  readonly windowMs: number;
  /** Audio after an alert until the next of its rule and channel. */
  readonly coolDownMs: number;
  /**
   * The first so much speech of a channel is how this voice sounds anyway: what comes after is compared with its mean. 0
   * compares with nothing.
   */
  readonly baselineMs: number;
  /** What a result counts by in a mean: its speech, or its speech times its confidence. */
  readonly weightBy: AlertWeight;
  /** Results less sure than this do not count. */
  readonly minConfidence: number;
  readonly roles: readonly AlertRole[];
  /** None means all. */
  readonly channels: readonly number[];
}

/** An alert opened, or is over. Samples at 16 kHz on the stream's clock. */
export interface AlertEvent {
  readonly type: 'Alert';
  readonly channel: number;
  readonly rule: string;
  readonly level: AlertLevel;
  /** Counts the alerts of its rule and channel from 0; the same when it opens and when it clears. */
  readonly number: number;
  readonly state: 'opened' | 'cleared';
  /** Where the speech began that opened it. */
  readonly sinceSample: number;
  /** Of the result that it follows from. */
  readonly atSample: number;
  /**
   * The mean, the size of the drop, or, with a baseline, how far the mean lies above it (a drop: below); 0 when nothing was
   * said of late.
   */
  readonly score: number;
  /** Speech that the score rests on. */
  readonly speechSamples: number;
}
