import { UndertoneError } from '@undertone/core';
import { describe, expect, it } from 'vitest';
import { lostError, microphoneError } from './capture-errors.ts';

describe('microphoneError', () => {
  it.each([
    ['NotAllowedError', 'microphone_denied'],
    ['SecurityError', 'microphone_denied'],
    ['NotFoundError', 'microphone_not_found'],
    ['OverconstrainedError', 'microphone_not_found'],
    ['NotReadableError', 'microphone_in_use'],
    ['AbortError', 'microphone_in_use'],
    ['SomethingNewError', 'microphone_unavailable'],
  ])('of %s is %s', (name, code) => {
    const cause = new DOMException('What the browser says.', name);
    const error = microphoneError(cause);
    expect(error).toMatchObject({ code, cause });
    expect(error.message).toMatch(
      /^Expected to open a microphone; got \w+: What the browser says\. [A-Z].*[a-z)"]\.$/,
    );
  });

  it('takes anything that is thrown', () => {
    for (const thrown of [undefined, null, 'text', {}]) {
      expect(microphoneError(thrown).code).toBe('microphone_unavailable');
    }
  });
});

describe('lostError', () => {
  it('says why no other microphone took over', () => {
    const cause = new UndertoneError('microphone_not_found', 'There is none.');
    expect(lostError(cause)).toMatchObject({ code: 'microphone_lost', cause });
    expect(lostError(cause).message).toContain('no other could be opened: There is none.');
  });

  it('stays microphone_denied when the user withdrew the permission', () => {
    const cause = new UndertoneError('microphone_denied', 'No.');
    expect(lostError(cause)).toBe(cause);
  });
});
