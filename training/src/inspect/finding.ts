/** One thing that looks wrong. */
export interface Finding {
  /** `error`: training would refuse or mislearn; `warning`: worth a look; `note`: worth knowing. */
  readonly severity: 'error' | 'warning' | 'note';
  /** Stable, for programs. */
  readonly code: string;
  readonly sentence: string;
  /** Clips, speakers or classes concerned. */
  readonly names: readonly string[];
}
