/** What the user of the page can choose; kept while the page is open. */
export type Speaker = 'customer' | 'unknown';
export type AgentPurpose = '' | 'medical' | 'safety' | 'personal_training';

/** Those that ship: `int8` is a quarter of the size. */
export type DeviceModel = 'default' | 'int8';

export interface Settings {
  /** Who is heard in audio with one channel. */
  readonly speaker: Speaker;
  /** Has the second channel, the agent, analysed as well; empty for no. */
  readonly agentPurpose: AgentPurpose;
  readonly intervalMs: number;
  readonly windowMs: number;
  readonly endpointingMs: number;
  /** API key or token of the server; empty for none. Never stored. */
  readonly secret: string;
  /** Recognise on this device when the server cannot be reached. */
  readonly fallBack: boolean;
  /** Of this device. */
  readonly deviceModel: DeviceModel;
  /** Of the microphone; empty for the system's. */
  readonly deviceId: string;
  /** Play files at the speed of speech; else as fast as they are recognised. */
  readonly realTime: boolean;
}

export const defaultSettings: Settings = {
  speaker: 'customer',
  agentPurpose: '',
  intervalMs: 500,
  windowMs: 5000,
  endpointingMs: 500,
  secret: '',
  fallBack: true,
  deviceModel: 'default',
  deviceId: '',
  realTime: true,
};
