/** What the generator of calls is told to do, and what it answers. */
export type Door = 'twilio' | 'audiohook';

export interface TelephonyPlan {
  readonly door: Door;
  /** Servers that get the same load at the same time. */
  readonly urls: readonly string[];
  /** Calls for each server. */
  readonly streams: number;
  readonly seconds: number;
  /** Calls begin within this time, at random moments. */
  readonly rampMs: number;
}

export interface TelephonyOutcome {
  readonly failures: readonly string[];
  readonly messages: number;
  /** Messages that left later than planned, 99th percentile. */
  readonly latenessP99Ms: number;
  /** CPU of the generator by time that passed. */
  readonly cpuShare: number;
}

/** Of the messages of each door: Twilio's usual 20 ms, and the 200 ms of Genesys' reference client. */
export const frameMs: Readonly<Record<Door, number>> = { twilio: 20, audiohook: 200 };
