import { render } from 'preact';
import { App } from './shell/app.tsx';
import { startTheme } from './shell/theme.ts';

startTheme();
render(<App />, document.getElementById('page')!);
