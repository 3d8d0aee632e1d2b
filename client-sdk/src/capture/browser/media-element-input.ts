/** What an `<audio>` or `<video>` element plays. It stays audible, in its own quality. */
import { UndertoneError } from '@undertone/core';
import { blockedError } from './capture-errors.ts';
import type { CaptureInput } from './capture-input.ts';
import { type CaptureOptions, toCaptureSettings } from './capture-options.ts';
import { openStream } from './media-stream-input.ts';

interface ElementTap {
  readonly context: AudioContext;
  readonly node: MediaElementAudioSourceNode;
}

const startMs = 1000;

/** An element can be tapped once in its life, and is heard through that context ever after. */
const taps = new WeakMap<HTMLMediaElement, ElementTap>();

/**
 * Captures what the element plays until it ends; while it is paused, that is silence. Call it from a click. A source from
 * another origin is silent unless it is loaded with `crossorigin` and its server allows that.
 * @throws UndertoneError `bad_parameter`, `audio_context_blocked`, `asset_not_found`, `refused_by_page`, `aborted`
 */
export async function fromElement(
  element: HTMLMediaElement,
  options: CaptureOptions = {},
): Promise<CaptureInput> {
  if (!(element instanceof HTMLMediaElement)) {
    const message = `Expected an audio or video element; got ${typeof element}.`;
    throw new UndertoneError('bad_parameter', message);
  }
  toCaptureSettings(options);
  const { context, node } = await tap(element);
  const output = context.createMediaStreamDestination();
  node.connect(output);
  const off = new AbortController();
  const input = await openStream(output.stream, 'element', options, () => {
    off.abort();
    node.disconnect(output);
    for (const track of output.stream.getTracks()) track.stop();
  });
  element.addEventListener('ended', () => void input.stop(), { signal: off.signal });
  return input;
}

async function tap(element: HTMLMediaElement): Promise<ElementTap> {
  const known = taps.get(element);
  const context = known?.context ?? new AudioContext();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, startMs);
  });
  await Promise.race([context.resume(), limit]);
  clearTimeout(timer);
  if (context.state !== 'running') {
    const error = blockedError(context.state);
    // Before it is tapped: an element that is heard through a context that is blocked would be silent.
    if (!known) await context.close();
    throw error;
  }
  if (known) return known;
  try {
    const node = context.createMediaElementSource(element);
    node.connect(context.destination);
    const made = { context, node };
    taps.set(element, made);
    return made;
  } catch (cause) {
    await context.close();
    const expected = 'Expected a media element that no other AudioContext has taken';
    throw new UndertoneError('bad_parameter', `${expected}; got: ${(cause as Error).message}`, { cause });
  }
}
