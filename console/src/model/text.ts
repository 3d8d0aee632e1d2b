/** Numbers as the page writes them. */

/** `0:07.5`, `1:02:03.0`. */
export function clockText(seconds: number): string {
  const tenths = Math.round(Math.max(0, seconds) * 10);
  const whole = Math.floor(tenths / 10);
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const rest = `${String(whole % 60).padStart(2, '0')}.${tenths % 10}`;
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${rest}` : `${minutes}:${rest}`;
}

/** `0:07` for axes and running streams. */
export function shortClockText(seconds: number): string {
  return clockText(Math.floor(seconds)).slice(0, -2);
}

export function percentText(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** With its sign, two digits: `+0.31`, `−0.12`. */
export function signedText(value: number): string {
  const digits = Math.abs(value).toFixed(2);
  return `${value < 0 && digits !== '0.00' ? '−' : '+'}${digits}`;
}

export function millisecondsText(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
