import { expect, test } from 'vitest';
import { type FlavourName, flavours } from './flavour.ts';
import { MediaScanner } from './media-scanner.ts';
import { type MediaMessage, parseMediaStreamMessage, scannedMedia } from './messages.ts';

const flavour = (name: FlavourName) => flavours.find((each) => each.name === name)!;
const everybody = (): boolean => true;

function scan(bytes: Uint8Array, name: FlavourName = 'twilio'): MediaMessage | null {
  const scanner = new MediaScanner(flavour(name));
  return scanner.scan(bytes) ? scannedMedia(scanner, everybody) : null;
}

let state = 11;
function random(below: number): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * below);
}

const usual: Readonly<Record<FlavourName, string>> = {
  twilio:
    '{"event":"media","sequenceNumber":"3","media":{"track":"outbound","chunk":"1","timestamp":"5","payload":"no+JhoaJjpw="},"streamSid":"MZ1"}',
  signalwire:
    '{"event":"media","sequenceNumber":"3","streamSid":"MZ1","media":{"payload":"no+JhoaJjpw=","timestamp":"5","track":"inbound"}}',
  telnyx:
    '{"event":"media","sequence_number":"4","media":{"track":"inbound","chunk":"2","timestamp":"5","payload":"AAAA"},"stream_id":"x"}',
  voximplant:
    '{"event":"media","sequenceNumber":4,"media":{"tag":"caller","chunk":2,"timestamp":5,"payload":"AAA="}}',
};

test.each(Object.entries(usual))('what %s sends is read without JSON, and as JSON has it', (name, text) => {
  const found = scan(Buffer.from(text), name as FlavourName);
  expect(found).not.toBeNull();
  expect(found).toEqual(parseMediaStreamMessage(text, flavour(name as FlavourName)));
});

test.each([
  ['an escape', '{"event":"media","streamSid":"M","media":{"payload":"AA\\u0041A"}}'],
  ['a quote within', '{"event":"media","streamSid":"M","media":{"payload":"AA\\"","x":"AAAA"}}'],
  ['a blank', '{"event": "media","streamSid":"M","media":{"payload":"AAAA"}}'],
  ['a key that comes twice', '{"event":"media","streamSid":"M","streamSid":"N","media":{"payload":"AAAA"}}'],
  ['letters that are not ASCII', '{"event":"media","streamSid":"Mä","media":{"payload":"AAAA"}}'],
  ['more behind it', '{"event":"media","streamSid":"M","media":{"payload":"AAAA"}}x'],
  ['another object', '{"event":"media","streamSid":"M","more":{},"media":{"payload":"AAAA"}}'],
  ['a time stamp of days', '{"event":"media","streamSid":"M","media":{"timestamp":"99999999","payload":""}}'],
  ['a number that JSON has not', '{"event":"media","streamSid":"M","media":{"chunk":01,"payload":"AAAA"}}'],
  ['no stream', '{"event":"media","media":{"payload":"AAAA"}}'],
  ['another event', '{"event":"stop","streamSid":"M","media":{"payload":"AAAA"}}'],
  ['no base64', '{"event":"media","streamSid":"M","media":{"payload":"AAAAA"}}'],
])('%s is left to JSON', (_, text) => {
  expect(scan(Buffer.from(text))).toBeNull();
});

test('whatever is taken without JSON is what JSON makes of it', () => {
  const pieces = [
    ...[
      '"',
      '""',
      '"event"',
      '"media"',
      '"payload":',
      '"AAA="',
      '"tag":"a"',
      '"track":null',
      '\\',
      '\\"',
      '{',
      '}',
    ],
    ...[
      ',',
      ':',
      ',"x":1',
      ',"x":"y"',
      '0',
      '00',
      '-1',
      '1.5',
      '1e3',
      '9'.repeat(15),
      '9'.repeat(17),
      '=',
      '==',
    ],
    ...['A', '*', ' ', '\n', '\u0000', 'ä', '\ud800', '[]', 'null', 'true', '"__proto__":"x",', '\u007f'],
  ];
  let taken = 0;
  for (let i = 0; i < 60_000; i++) {
    const { name } = flavours[random(flavours.length)]!;
    let text = usual[name];
    for (let changes = random(3); changes >= 0; changes--) {
      const from = random(text.length);
      text = text.slice(0, from) + pieces[random(pieces.length)] + text.slice(from + random(6));
    }
    const found = scan(Buffer.from(text), name);
    if (!found) continue;
    taken++;
    expect(found, text).toEqual(parseMediaStreamMessage(text, flavour(name)));
  }
  expect(taken).toBeGreaterThan(3000);
});

test('payloads of any length and any bytes come through', () => {
  for (let length = 0; length < 700; length++) {
    const audio = Buffer.from(Array.from({ length }, () => random(256)));
    const base64 = audio.toString('base64');
    for (const payload of [base64, base64.replace(/=+$/, '')]) {
      const text = `{"event":"media","streamSid":"M","media":{"payload":"${payload}"}}`;
      expect(scan(Buffer.from(text))?.audio.equals(audio), `${length} bytes`).toBe(true);
    }
  }
});

test('messages one after the other leave nothing of one in the next', () => {
  const scanner = new MediaScanner(flavour('twilio'));
  expect(scanner.scan(Buffer.from(usual.twilio))).toBe(true);
  expect(scanner.scan(Buffer.from('{"event":"media","streamSid":"M","media":{"payload":""}}'))).toBe(true);
  const { stream, track, sequence, timestampMs } = scanner;
  expect({ stream, track, sequence, timestampMs }).toEqual({
    stream: 'M',
    track: 'inbound',
    sequence: null,
    timestampMs: null,
  });
  // More names than are remembered.
  for (let i = 0; i < 20; i++) {
    scanner.scan(Buffer.from(`{"event":"media","streamSid":"M${i}","media":{"payload":""}}`));
    expect(scanner.stream).toBe(`M${i}`);
  }
});
