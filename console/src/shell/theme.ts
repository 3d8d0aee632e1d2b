/** Light or dark: as the system says, unless the user has chosen. The choice is kept in this browser. */
export type Theme = 'system' | 'light' | 'dark';

const key = 'undertone.theme';
const listeners = new Set<() => void>();
const systemIsDark = matchMedia('(prefers-color-scheme: dark)');

let chosen: Theme = readTheme();

export function currentTheme(): Theme {
  return chosen;
}

/** What is shown: `light` or `dark`. */
export function shownTheme(): 'light' | 'dark' {
  if (chosen !== 'system') return chosen;
  return systemIsDark.matches ? 'dark' : 'light';
}

export function startTheme(): void {
  systemIsDark.addEventListener('change', () => apply());
  apply();
}

export function chooseTheme(theme: Theme): void {
  chosen = theme;
  try {
    localStorage.setItem(key, theme);
  } catch {
    // Without storage the choice lasts as long as the page.
  }
  apply();
}

/** @returns takes the listener off again */
export function onThemeChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function apply(): void {
  document.documentElement.dataset.theme = shownTheme();
  for (const listener of listeners) listener();
}

function readTheme(): Theme {
  try {
    const stored = localStorage.getItem(key);
    return stored === 'light' || stored === 'dark' ? stored : 'system';
  } catch {
    return 'system';
  }
}
