/** The faults behind the alerts, and the servers and callers that they befall. */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstream } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { archiveNames } from '@undertone/proto';
import { MediaStreamCaller, pieces } from '../support/media-stream-caller.ts';
import { testModelFolder } from '../support/model.ts';
import { NatsServer } from '../support/nats-server.ts';
import { freePort, type PrometheusServer } from '../support/prometheus.ts';
import { makeQueue, recordings, writeRecording } from './archive-recordings.ts';
import { Callers } from './fault-callers.ts';
import { ServerProcess } from './server-process.ts';
import { WorkerProcess } from './worker-process.ts';

export interface Fault {
  readonly job: string;
  readonly alerts: readonly string[];
  readonly sentence: string;
  cause(): unknown;
  repair(): unknown;
}

export interface Faults {
  readonly list: readonly Fault[];
  close(): Promise<void>;
}

const hostOf = (url: string): string => new URL(url).host;

export async function openFaults(prometheus: PrometheusServer, say: (line: string) => void): Promise<Faults> {
  const closing: (() => unknown)[] = [];
  const start = async (model: string, ...args: string[]): Promise<ServerProcess> => {
    const flags = [
      '--model',
      model,
      '--workers',
      '1',
      '--log-level',
      'silent',
      '--rate-limit',
      '0',
      '--console',
      'off',
    ];
    const server = await ServerProcess.start([...flags, ...args]);
    closing.push(() => server.kill());
    return server;
  };
  const model = testModelFolder();
  const serve = async (job: string, ...args: string[]): Promise<ServerProcess> => {
    const server = await start(model, ...args);
    prometheus.setTargets(job, [hostOf(server.adminUrl)]);
    say(`${job} runs`);
    return server;
  };
  const callersOf = (server: ServerProcess): Callers => {
    const callers = new Callers(server.url);
    closing.push(() => callers.close());
    return callers;
  };
  const list: Fault[] = [];

  {
    const job = 'undertone-latency';
    const server = await serve(job);
    callersOf(server).talk(3);
    let timer: NodeJS.Timeout | undefined;
    closing.push(() => clearInterval(timer));
    list.push({
      job,
      alerts: ['UndertoneLatencyFast', 'UndertoneLatencySlow'],
      sentence: 'the process gets the processor for 100 ms of every 500 (SIGSTOP, SIGCONT)',
      cause: () => {
        timer = setInterval(() => {
          process.kill(server.pid, 'SIGSTOP');
          setTimeout(() => process.kill(server.pid, 'SIGCONT'), 400);
        }, 500);
      },
      repair: () => clearInterval(timer),
    });
  }
  {
    const job = 'undertone-overload';
    const callers = callersOf(await serve(job, '--max-sessions', '4'));
    callers.talk(2);
    callers.visit(1);
    let more: (() => void) | undefined;
    list.push({
      job,
      alerts: ['UndertoneSaturated', 'UndertoneRefusalsFast', 'UndertoneRefusalsSlow'],
      sentence: 'more callers than places: all are taken, five a second are refused',
      cause: () => {
        const stops = [callers.talk(2), callers.visit(5)];
        more = () => {
          for (const stop of stops) stop();
        };
      },
      repair: () => more?.(),
    });
  }
  {
    const job = 'undertone-drain';
    const server = await serve(job, '--drain-seconds', '3600');
    const caller = await MediaStreamCaller.connect(`${server.url.replace('/v1/stream', '')}/v1/twilio`);
    caller.start(['inbound']);
    const silence = pieces('inbound', new Uint8Array(160).fill(0xff))[0]!;
    let timestampMs = 0;
    const timer = setInterval(() => {
      if (caller.socket.readyState === caller.socket.OPEN) caller.media({ ...silence, timestampMs });
      timestampMs += 20;
    }, 20);
    closing.push(() => clearInterval(timer));
    list.push({
      job,
      alerts: ['UndertoneDrainStuck'],
      sentence: 'SIGTERM while a call of telephony does not end',
      cause: () => process.kill(server.pid, 'SIGTERM'),
      repair: () => caller.stop(),
    });
  }
  {
    const job = 'undertone-sinks';
    const nats = await NatsServer.create();
    await nats.start();
    closing.push(() => nats.remove());
    const flags = ['--nats-url', nats.url, '--nats-stream', 'results', '--sink-max-events', '100'];
    const callers = callersOf(await serve(job, ...flags));
    callers.talk(1);
    callers.visit(8);
    list.push({
      job,
      alerts: ['UndertoneSinkBacklog', 'UndertoneSinkDropped'],
      sentence: 'nats-server stands still (SIGSTOP); 100 events may wait',
      cause: () => nats.freeze(),
      repair: () => nats.resume(),
    });
  }
  {
    const job = 'undertone-closes';
    const callers = callersOf(await serve(job));
    callers.visit(2);
    let stop: (() => void) | undefined;
    list.push({
      job,
      alerts: ['UndertoneAbnormalCloses'],
      sentence: 'every other connection is cut',
      cause: () => {
        stop = callers.visit(2, true);
      },
      repair: () => stop?.(),
    });
  }
  for (const [job, alert, how, sentence] of [
    [
      'undertone-abstention',
      'UndertoneAbstentionJump',
      'snippets',
      'lines that let through 200 ms of speech every 1.6 s',
    ],
    ['undertone-labels', 'UndertoneLabelShift', 'angry', 'all callers are angry, who were of four moods'],
  ] as const) {
    const callers = callersOf(await serve(job));
    callers.talk(4);
    list.push({
      job,
      alerts: [alert],
      sentence,
      cause: () => callers.speak(how),
      repair: () => callers.speak('all'),
    });
  }
  {
    const job = 'undertone-models';
    const folder = await mkdtemp(join(tmpdir(), 'undertone-model-'));
    closing.push(() => rm(folder, { recursive: true, force: true }));
    await cp(model, folder, { recursive: true });
    const path = join(folder, 'manifest.json');
    const manifest = JSON.parse(await readFile(path, 'utf8'));
    await writeFile(path, JSON.stringify({ ...manifest, version: '99.0.0' }));
    const hosts = [await start(model), await start(model), await start(folder)].map(({ adminUrl }) =>
      hostOf(adminUrl),
    );
    const [first, second, other] = hosts as [string, string, string];
    prometheus.setTargets(job, [first, second]);
    list.push({
      job,
      alerts: ['UndertoneModelMismatch'],
      sentence: 'one of two servers is replaced by one with another version of the model',
      cause: () => prometheus.setTargets(job, [first, other]),
      repair: () => prometheus.setTargets(job, [first, second]),
    });
  }
  {
    const job = 'undertone-worker';
    const nats = await NatsServer.create();
    await nats.start();
    closing.push(() => nats.remove());
    const connection = await connect({ servers: nats.url });
    closing.push(() => connection.close());
    const names = archiveNames('default');
    const js = jetstream(connection);
    await makeQueue(js, names);
    const folder = await mkdtemp(join(tmpdir(), 'undertone-recordings-'));
    closing.push(() => rm(folder, { recursive: true, force: true }));
    await writeRecording(folder, 'good.wav', (await recordings())(0, 20));
    await writeRecording(folder, 'bad.wav', Buffer.from('no audio at all'));
    const port = await freePort();
    const worker = WorkerProcess.start([
      ...['--model', model, '--workers', '1', '--log-level', 'silent', '--archive-root', folder],
      ...['--nats-url', nats.url, '--nats-stream', 'results', '--admin-port', String(port)],
    ]);
    closing.push(() => worker.kill());
    await worker.working;
    prometheus.setTargets(job, [`127.0.0.1:${port}`]);
    const enqueue = (id: string, source: string): Promise<unknown> =>
      js.publish(names.jobSubject(id), JSON.stringify({ id, source, params: {} }));
    await enqueue('good', 'file:good.wav');
    list.push({
      job,
      alerts: ['UndertoneArchiveDeadLetters'],
      sentence: 'a recording that is none comes into the queue',
      cause: () => enqueue('bad', 'file:bad.wav'),
      repair: () => enqueue('better', 'file:good.wav'),
    });
  }
  {
    const job = 'undertone-down';
    const server = await serve(job);
    list.push({
      job,
      alerts: ['UndertoneTargetDown'],
      sentence: 'a server stands still (SIGSTOP)',
      cause: () => process.kill(server.pid, 'SIGSTOP'),
      repair: () => process.kill(server.pid, 'SIGCONT'),
    });
  }
  {
    const job = 'undertone-twice';
    const host = hostOf((await serve(job)).adminUrl);
    list.push({
      job,
      alerts: ['UndertoneScrapedTwice'],
      sentence: 'the same server is a target under a second name',
      cause: () => prometheus.setTargets(job, [host, host.replace('127.0.0.1', 'localhost')]),
      repair: () => prometheus.setTargets(job, [host]),
    });
  }
  return {
    list,
    close: async () => {
      for (const close of closing.reverse()) await close();
    },
  };
}
