/**
 * What the alert rules that ship do on calls put together from a corpus: hits on angry and distressed calls, false alerts an
 * hour on neutral ones, and both over thresholds.
 *
 * npm run bench:alerts -- FOLDER --speakers=1007,1018 [--work=FOLDER] [--svg=FILE] [--json]
 *
 * FOLDER is AudioWAV of CREMA-D, or that of RAVDESS (--speakers=Actor_01,Actor_02). `--work` keeps the calls and their
 * results, so that a second run takes them from there.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { AlertMonitor, type AlertRule, defaultAlertRules } from '@undertone/core';
import type { ServerMessage } from '@undertone/proto';
import { assembleCalls } from './assembled-calls.ts';

const rate = 16_000;
const option = (name: string): string | undefined =>
  process.argv.find((argument) => argument.startsWith(`--${name}=`))?.slice(name.length + 3);

interface Call {
  readonly kind: string;
  readonly turn: readonly [number, number] | null;
  readonly messages: ServerMessage[];
  seconds: number;
}

const [, , folder] = process.argv;
const speakers = option('speakers')?.split(',') ?? [];
if (!folder || folder.startsWith('--') || speakers.length === 0) {
  console.error('Expected a folder and --speakers=1007,1018; the head of test/bench/alerts.ts tells more.');
  process.exit(1);
}
const work = option('work') ?? mkdtempSync(`${tmpdir()}/alerts-`);
const calls = readCalls();

function readCalls(): Call[] {
  mkdirSync(work, { recursive: true });
  const list = `${work}/calls.json`;
  const results = `${work}/results.jsonl`;
  if (!existsSync(results)) {
    const turns: Record<string, unknown> = {};
    for (const { kind, speaker, number, wav, turn } of assembleCalls(folder!, speakers)) {
      const file = `${work}/${kind}-${speaker}-${number}.wav`;
      writeFileSync(file, wav);
      turns[file] = { kind, turn };
    }
    writeFileSync(list, JSON.stringify(turns));
    const bin = new URL('../../client-sdk/bin/undertone.js', import.meta.url).pathname;
    const output = execFileSync('node', [bin, 'analyze', '--json', ...Object.keys(turns)], {
      maxBuffer: 2 ** 30,
    });
    writeFileSync(results, output);
  }
  const known = JSON.parse(readFileSync(list, 'utf8')) as Record<string, Pick<Call, 'kind' | 'turn'>>;
  const byFile = new Map<string, Call>(
    Object.entries(known).map(([file, call]) => [file, { ...call, messages: [], seconds: 0 }]),
  );
  for (const line of readFileSync(results, 'utf8').trim().split('\n')) {
    const message = JSON.parse(line) as ServerMessage & { file: string };
    const call = byFile.get(message.file)!;
    call.messages.push(message);
    if (message.type === 'Summary') call.seconds = message.audio_s;
  }
  return [...byFile.values()];
}

/** Seconds at which a rule opened an alert. */
function openings(call: Call, rules: readonly AlertRule[], name: string): number[] {
  const monitor = new AlertMonitor(rules, ['unknown']);
  const alerts = call.messages.flatMap((message) => {
    if (message.type === 'SpeechStarted' || message.type === 'SpeechEnded')
      return monitor.hear({ type: message.type, channel: 0, atSample: message.time * rate });
    if (message.type !== 'Emotion') return [];
    const { segment, start, end, speech_ratio, abstain, confidence, scores, dimensions } = message;
    return monitor.hear({
      type: 'Emotion',
      channel: 0,
      segment,
      startSample: start * rate,
      endSample: end * rate,
      speechRatio: speech_ratio,
      ...(abstain ? { abstain } : {}),
      confidence,
      scores: scores!,
      dimensions: dimensions!,
    });
  });
  return alerts
    .filter(({ rule, state }) => rule === name && state === 'opened')
    .map(({ atSample }) => atSample / rate);
}

/** An alert belongs to a turn of mood until so many seconds after it. */
const lateSeconds = 5;
const hours = (some: readonly Call[]): number => some.reduce((sum, { seconds }) => sum + seconds, 0) / 3600;
const of = (kind: string): Call[] => calls.filter((call) => call.kind === kind);

interface Row {
  readonly rule: string;
  readonly on: number;
  readonly of: string;
  readonly hits: number;
  readonly calls: number;
  readonly medianDelaySeconds: number | null;
  readonly falsePerHour: number;
  /** Calls of its kind with an alert before the turn of mood. */
  readonly early: number;
}

function measure(name: string, kind: string, on: number, off: number): Row {
  const rules = defaultAlertRules.map((rule) => (rule.name === name ? { ...rule, on, off } : rule));
  // A rule about the end of a mood is right after its turn.
  const isAfter = rules.some((rule) => rule.name === name && rule.kind === 'recovered');
  const delays = of(kind).flatMap((call) => {
    const [from, to] = isAfter ? [call.turn![1], call.seconds] : call.turn!;
    const hit = openings(call, rules, name).find((time) => time >= from && time <= to + lateSeconds);
    return hit === undefined ? [] : [hit - from];
  });
  const neutral = of('neutral');
  const wrong = neutral.reduce((sum, call) => sum + openings(call, rules, name).length, 0);
  const median = delays.sort((a, b) => a - b)[Math.floor(delays.length / 2)];
  return {
    rule: name,
    on: Number(on.toFixed(2)),
    of: kind,
    hits: delays.length,
    calls: of(kind).length,
    medianDelaySeconds: median === undefined ? null : Number(median.toFixed(1)),
    falsePerHour: Number((wrong / hours(neutral)).toFixed(1)),
    early: of(kind).filter((call) => openings(call, rules, name).some((time) => time < call.turn![0])).length,
  };
}

const asShipped = [
  ['sustained_anger', 'angry'],
  ['rapid_drop', 'angry'],
  ['rapid_drop', 'distressed'],
  ['distress', 'distressed'],
  ['sustained_anger', 'distressed'],
  ['recovered', 'angry'],
].map(([name, kind]) => {
  const { on, off } = defaultAlertRules.find((rule) => rule.name === name)!;
  return measure(name!, kind!, on, off);
});
const curves = (
  [
    ['sustained_anger', 'angry', 0.2, 0.9],
    ['rapid_drop', 'angry', 0.05, 0.5],
    ['rapid_drop', 'distressed', 0.05, 0.5],
    ['distress', 'distressed', 0.1, 0.7],
  ] as const
).map(([name, kind, low, high]) => {
  const { on, off } = defaultAlertRules.find((rule) => rule.name === name)!;
  const levels = Array.from({ length: Math.round((high - low) / 0.05) + 1 }, (_, i) => low + i * 0.05);
  return levels.map((level) => measure(name, kind, level, Math.max(0, level - (on - off))));
});

if (process.argv.includes('--json')) console.log(JSON.stringify({ hours: hours(calls), asShipped, curves }));
else {
  console.log(
    `${calls.length} calls, ${hours(calls).toFixed(2)} h, of them neutral ${hours(of('neutral')).toFixed(2)} h`,
  );
  console.table(asShipped);
  for (const curve of curves) console.table(curve);
}
const svg = option('svg');
if (svg !== undefined) writeFileSync(svg, picture(curves));

/** Hits against false alerts an hour, a point for each threshold. */
function picture(lines: readonly (readonly Row[])[]): string {
  const colours = ['#c0392b', '#8e44ad', '#16a085', '#2471a3'];
  const most = 20;
  const x = ({ falsePerHour }: Row): number => 60 + (Math.min(most, falsePerHour) / most) * 500;
  const y = ({ hits, calls: all }: Row): number => 320 - (hits / all) * 280;
  const parts = lines.flatMap((line, i) => [
    `<polyline fill="none" stroke="${colours[i]}" stroke-width="2" points="${line.map((row) => `${x(row).toFixed(1)},${y(row).toFixed(1)}`).join(' ')}"/>`,
    ...line.map(
      (row) =>
        `<circle cx="${x(row).toFixed(1)}" cy="${y(row).toFixed(1)}" r="3" fill="${colours[i]}"><title>${row.rule} on ${row.on}</title></circle>`,
    ),
    `<text x="370" y="${190 + 20 * i}" fill="${colours[i]}">${line[0]!.rule} (${line[0]!.of})</text>`,
  ]);
  const ticks = [0, 5, 10, 15, 20].map(
    (n) => `<text x="${60 + (n / most) * 500}" y="340" text-anchor="middle">${n}</text>`,
  );
  const shares = [0, 50, 100].map((n) => `<text x="52" y="${324 - n * 2.8}" text-anchor="end">${n} %</text>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 370" font-family="sans-serif" font-size="13"><title>Hits against false alerts an hour</title><rect width="600" height="370" fill="#fff"/><path d="M60 40V320H560" fill="none" stroke="#555"/>${[...ticks, ...shares, ...parts].join('')}<text x="310" y="362" text-anchor="middle">false alerts an hour on neutral calls (${most} and more at the edge)</text><text x="60" y="28">calls with an alert in their turn of mood</text></svg>\n`;
}
