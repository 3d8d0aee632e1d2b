/** The colours of the style sheet, for what is drawn on a canvas. */
import { shownTheme } from './theme.ts';

const cache = new Map<string, string>();
let cachedTheme = '';

/** @param name of a custom property, such as `--text` */
export function paletteColour(name: string): string {
  const theme = shownTheme();
  if (theme !== cachedTheme) cache.clear();
  cachedTheme = theme;
  let colour = cache.get(name);
  if (colour === undefined) {
    colour = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    cache.set(name, colour);
  }
  return colour;
}
