import type { JSX } from 'preact';

const attributionUrl: string = new URL('../../../demo/ATTRIBUTION.md', import.meta.url).href;

export function Welcome(): JSX.Element {
  return (
    <section class="card welcome">
      <svg viewBox="0 0 320 80" aria-hidden="true">
        <path d="M8 40h8M28 32v16M44 22v36M60 30v20M76 12v56M92 26v28M108 34v12M124 20v40M140 8v64M156 24v32M172 30v20M188 16v48M204 28v24M220 34v12M236 22v36M252 30v20M268 35v10M284 32v16M304 40h8" />
      </svg>
      <h2>Hear how something is said</h2>
      <p>
        Press <b>Speak</b>, drop a recording anywhere on this page, or play the demo call. Results come while
        the person is still talking: the class that speech sounds like, how sure the model is, arousal and
        valence.
      </p>
      <p class="muted">
        <b>Server</b> sends audio to the server of this page. <b>This device</b> recognises in the browser;
        audio does not leave it. <b>Side by side</b> does both and compares them.
      </p>
      <p class="muted small">
        The demo call is made of recordings of two actors from CREMA-D, under the Open Database License.{' '}
        <a href={attributionUrl}>Where it comes from</a>
      </p>
    </section>
  );
}
