import type { ServerMessage } from '@undertone/client-sdk';
import { expect, test } from 'vitest';
import { toCsv, toJson } from './exports.ts';
import { MessageLog } from './message-log.ts';
import { StreamLog } from './stream-log.ts';

function logged(label: string | null): StreamLog {
  const log = new StreamLog();
  log.apply(
    {
      type: 'Begin',
      model: { name: 'm', version: '1', labels: ['angry', 'a,"b'] },
    } as unknown as ServerMessage,
    null,
  );
  log.apply(
    {
      type: 'Emotion',
      channel: 0,
      role: 'customer',
      segment: 0,
      start: 1.5,
      end: 2.25,
      is_final: true,
      label,
      ...(label === null ? { abstain: 'low_confidence' } : {}),
      confidence: 0.5,
      sentiment: { label: 'negative' },
      scores: { angry: 0.5, 'a,"b': 0.5 },
      dimensions: { arousal: 0.25, valence: -0.5 },
    } as unknown as ServerMessage,
    612.4,
  );
  return log;
}

test('CSV has one row a segment, with a column for each class', () => {
  const csv = toCsv([{ place: 'server', log: logged('angry'), latency: null }]);
  const [head, row, end] = csv.split('\r\n');
  expect(head).toBe(
    'place,channel,role,segment,start_s,end_s,is_final,label,abstain,confidence,sentiment,arousal,valence,latency_ms,score_angry,"score_a,""b"',
  );
  expect(row).toBe('server,0,customer,0,1.5,2.25,true,angry,,0.5,negative,0.25,-0.5,612,0.5,0.5');
  expect(end).toBe('');
});

test('a result without a label says why', () => {
  expect(toCsv([{ place: 'device', log: logged(null), latency: null }])).toContain(
    ',true,,low_confidence,0.5,',
  );
});

test('no label becomes a formula of a spreadsheet', () => {
  expect(toCsv([{ place: 'device', log: logged('=1+1'), latency: null }])).toContain(",'=1+1,");
});

test('JSON has the streams and the messages as they came', () => {
  const messages = new MessageLog();
  const message: ServerMessage = {
    type: 'SpeechStarted',
    session_id: 's',
    seq: 1,
    channel: 0,
    ordinal: 0,
    time: 1,
  };
  messages.add('server', message, 12);
  const latency = { count: 1, medianMs: 30, p95Ms: 30 };
  const text = toJson([{ place: 'server', log: logged('angry'), latency }], messages.messages);
  const content = JSON.parse(text);
  expect(content.format).toBe('undertone.console/1');
  expect(content.streams[0]).toMatchObject({ place: 'server', latency, segments: [{ label: 'angry' }] });
  expect(content.messages).toEqual([{ place: 'server', at_ms: 12, message }]);
});
