import { describe, expect, it } from 'vitest';
import { Listeners } from './listeners.ts';

describe('Listeners', () => {
  it('tells those who listen, until they are taken off', () => {
    const listeners = new Listeners<{ level: [level: number]; end: [] }>(['level', 'end']);
    const heard: unknown[] = [];
    const off = listeners.on('level', (level) => heard.push(level));
    listeners.on('end', () => heard.push('end'));
    listeners.emit('level', 1);
    off();
    listeners.emit('level', 2);
    listeners.emit('end');
    expect(heard).toEqual([1, 'end']);
  });

  it('refuses a name that is no event with those that are', () => {
    const listeners = new Listeners<{ level: []; end: [] }>(['level', 'end']);
    expect(() => listeners.on('toString' as 'end', () => {})).toThrow(
      expect.objectContaining({
        code: 'bad_parameter',
        message: 'Expected an event to be one of level, end; got toString.',
      }),
    );
  });

  it('lets a listener that throws keep no other from hearing, and reports its error', async () => {
    const listeners = new Listeners<{ end: [] }>(['end']);
    const heard: string[] = [];
    const others = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    const uncaught = new Promise((resolve) => process.once('uncaughtException', resolve));
    listeners.on('end', () => {
      throw new Error('a mistake');
    });
    listeners.on('end', () => heard.push('second'));
    listeners.emit('end');
    expect(heard).toEqual(['second']);
    expect(await uncaught).toMatchObject({ message: 'a mistake' });
    for (const listener of others) process.on('uncaughtException', listener);
  });
});
