/**
 * What calls cost the built server: Twilio's messages of 20 ms, both tracks arriving and the customer's analysed; Genesys'
 * frames of 200 ms with both channels, the external one analysed; and what publishing to a real nats-server adds, as the
 * CPU of two servers that get the same calls at the same time, one of them with NATS, taken in turns. Real speech, made by a
 * process of its own. The last line is one JSON object.
 *
 *     npm run bench:telephony -- [--twilio-streams 150] [--audiohook-streams 300] [--sink-streams 60] [--seconds 20]
 *       [--sink-rounds 2] [--only twilio|audiohook|sink|archive] [--json]
 */
import { parseArgs } from 'node:util';
import { measureArchiveRate } from '../load/archive-rate.ts';
import { measureTelephony, type TelephonyReport } from '../load/measure-telephony.ts';
import type { Door } from '../load/telephony-plan.ts';
import { testModelFolder } from '../support/model.ts';
import { NatsServer } from '../support/nats-server.ts';

const { values } = parseArgs({
  options: {
    'twilio-streams': { type: 'string', default: '150' },
    'audiohook-streams': { type: 'string', default: '300' },
    'sink-streams': { type: 'string', default: '60' },
    seconds: { type: 'string', default: '20' },
    'sink-rounds': { type: 'string', default: '2' },
    recordings: { type: 'string', default: '96' },
    only: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(`npm run bench:telephony -- [--twilio-streams 150] [--audiohook-streams 300] [--sink-streams 60]
  [--seconds 20] [--sink-rounds 2] [--only twilio|audiohook|sink|archive] [--json]`);
  process.exit(0);
}
const seconds = Number(values.seconds);
const model = ['--model', testModelFolder()];
const rampMs = 5000;

function say(what: string, report: object): void {
  if (!values.json) console.error(what, report);
}

async function perCore(door: Door, streams: number): Promise<TelephonyReport> {
  const report = await measureTelephony({ plan: { door, streams, seconds, rampMs }, servers: [model] });
  say(door, report);
  return report;
}

interface SinkRound {
  /** Of a server without a sink: what publishing added to it. */
  readonly addedShare: number;
  readonly report: TelephonyReport;
}

async function sinkRound(round: number): Promise<SinkRound> {
  const nats = await NatsServer.create();
  await nats.start();
  try {
    const plain = model;
    const publishing = [...model, '--nats-url', nats.url, '--nats-stream', 'results'];
    // Which one starts first is no advantage of always the same.
    const isSwapped = round % 2 === 1;
    const report = await measureTelephony({
      plan: { door: 'twilio', streams: Number(values['sink-streams']), seconds, rampMs },
      servers: isSwapped ? [publishing, plain] : [plain, publishing],
    });
    const [first, second] = report.cpuSecondsPerAudioSecond as [number, number];
    const addedShare = isSwapped ? first / second - 1 : second / first - 1;
    say('publishing', { addedShare, ...report });
    return { addedShare, report };
  } finally {
    await nats.remove();
  }
}

const streamsPerCore = ({ cpuSecondsPerAudioSecond: [cpu = 0] }: TelephonyReport): number =>
  cpu > 0 ? Math.floor(1 / cpu) : 0;
const wants = (part: string): boolean => values.only === undefined || values.only === part;

const twilio = wants('twilio') ? await perCore('twilio', Number(values['twilio-streams'])) : null;
const audiohook = wants('audiohook') ? await perCore('audiohook', Number(values['audiohook-streams'])) : null;
const rounds: SinkRound[] = [];
if (wants('sink')) for (let i = 0; i < Number(values['sink-rounds']); i++) rounds.push(await sinkRound(i));

const reports = [twilio, audiohook, ...rounds.map(({ report }) => report)].filter(
  (report) => report !== null,
);
const archive = wants('archive')
  ? await measureArchiveRate({ recordings: Number(values.recordings), seconds: 60 })
  : null;
if (archive) say('archive', archive);
console.log(
  JSON.stringify({
    ...(twilio && { twilioStreamsPerCore: streamsPerCore(twilio) }),
    ...(audiohook && { audiohookStreamsPerCore: streamsPerCore(audiohook) }),
    ...(archive && { archiveTimesRealTimePerCore: archive.archiveTimesRealTimePerCore }),
    ...(rounds.length > 0 && {
      sinkCpuShare: Number(
        (rounds.reduce((sum, { addedShare }) => sum + addedShare, 0) / rounds.length).toFixed(3),
      ),
      sinkCpuShares: rounds.map(({ addedShare }) => Number(addedShare.toFixed(3))),
    }),
    generatorBottleneck: reports.some((report) => report.generatorBottleneck),
    callsFailed: reports.reduce((sum, { callsFailed }) => sum + callsFailed, 0),
    audioSecondsMissing: reports.reduce((sum, report) => sum + report.audioSecondsMissing, 0),
    twilio,
    audiohook,
    archive,
    sink: rounds.map(({ report }) => report),
  }),
);
