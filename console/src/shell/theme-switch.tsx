import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Icon, type IconName } from './icons.tsx';
import { chooseTheme, currentTheme, type Theme } from './theme.ts';

const choices: readonly { readonly theme: Theme; readonly name: string; readonly icon: IconName }[] = [
  { theme: 'system', name: 'As the system', icon: 'system' },
  { theme: 'light', name: 'Light', icon: 'sun' },
  { theme: 'dark', name: 'Dark', icon: 'moon' },
];

export function ThemeSwitch(): JSX.Element {
  const [chosen, setChosen] = useState(currentTheme);
  return (
    <fieldset class="segmented small">
      <legend class="hidden">Colours</legend>
      {choices.map(({ theme, name, icon }) => (
        <label key={theme} title={name}>
          <input
            type="radio"
            name="theme"
            checked={chosen === theme}
            onChange={() => {
              chooseTheme(theme);
              setChosen(theme);
            }}
          />
          <span>
            <Icon name={icon} />
            <span class="hidden">{name}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
