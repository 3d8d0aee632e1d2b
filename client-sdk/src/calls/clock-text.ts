/** Times of a call as people read them. */

/** 75.32 -> `1:15`, 3675 -> `1:01:15`. */
export function clockText(seconds: number): string {
  const whole = Math.floor(Math.max(0, seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value: number): string => String(value).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** 0.42 -> `+0.42`, null -> `–`. */
export function signedText(value: number | null): string {
  if (value === null) return '–';
  const digits = Math.abs(value).toFixed(2);
  return `${value < 0 && digits !== '0.00' ? '-' : '+'}${digits}`;
}
