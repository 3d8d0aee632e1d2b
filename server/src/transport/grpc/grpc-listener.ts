/** gRPC: streams, health and reflection on a port of their own. */
import { Server, type ServerOptions } from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import { UndertoneError } from '@undertone/core';
import { HealthImplementation } from 'grpc-health-check';
import type { Authenticator } from '../../auth/principal.ts';
import { hostAndPort } from '../../listen.ts';
import type { SessionHost } from '../../session/session-host.ts';
import { grpcCredentials } from '../tls/grpc-credentials.ts';
import type { TlsFiles } from '../tls/tls-files.ts';
import { failedStatus } from './grpc-status.ts';
import type { BytesCall } from './grpc-transport.ts';
import { describedServices, serviceName, undertoneService } from './service.ts';
import { StreamCall } from './stream-call.ts';

/** Calls at a time that have not said what they want. */
const maxWaitingCalls = 1024;
/** A message is at most a frame of audio with what stands around it. */
const envelopeBytes = 65_536;
const keepaliveTimeoutMs = 20_000;
/** Beyond it a client connects anew for its next stream, wherever its balancer sends it; its streams go on. */
const maxConnectionAgeMs = 1_800_000;
const healthEveryMs = 1000;

export interface GrpcListenerOptions {
  readonly host: SessionHost;
  readonly authenticator: Authenticator;
  readonly tls: TlsFiles | null;
  /** Whether new streams are taken. */
  readonly isReady: () => boolean;
}

export class GrpcListener {
  readonly #options: GrpcListenerOptions;
  readonly #server: Server;
  readonly #health: HealthImplementation;
  readonly #healthTimer: NodeJS.Timeout;
  readonly port: number;
  #waitingCalls = 0;

  private constructor(options: GrpcListenerOptions, server: Server, port: number) {
    this.#options = options;
    this.#server = server;
    this.port = port;
    this.#health = new HealthImplementation();
    this.#tellHealth();
    this.#healthTimer = setInterval(() => this.#tellHealth(), healthEveryMs).unref();
    server.addService(undertoneService, { StreamAnalyze: (call: BytesCall) => this.#start(call) });
    this.#health.addToServer(server);
    new ReflectionService(describedServices()).addToServer(server);
  }

  /**
   * @returns null where no port is configured
   * @throws UndertoneError `bad_config` when the address cannot be had
   */
  static async open(options: GrpcListenerOptions): Promise<GrpcListener | null> {
    const { config } = options.host.services;
    if (config.grpcPort === 'off') return null;
    const server = new Server(serverOptions(config));
    const address = hostAndPort(config.host, config.grpcPort);
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync(address, grpcCredentials(options.tls), (cause, bound) => {
        if (!cause) return resolve(bound);
        const sentence = `Expected to listen on ${address} for gRPC; ${cause.message}.`;
        reject(new UndertoneError('bad_config', sentence, { cause }));
      });
    });
    return new GrpcListener(options, server, port);
  }

  /** Tells clients that watch its health to go elsewhere. */
  startDraining(): void {
    this.#tellHealth();
  }

  /** Ends connections in order where clients take part, and cuts the others after `graceMs`. */
  async close(graceMs: number): Promise<void> {
    clearInterval(this.#healthTimer);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => this.#server.forceShutdown(), graceMs);
      this.#server.tryShutdown(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #start(call: BytesCall): void {
    const { host, authenticator } = this.#options;
    // Always followed by `end` of the call, which is where the session hears of it.
    call.on('error', () => {});
    if (this.#waitingCalls >= maxWaitingCalls) {
      const most = `Expected at most ${maxWaitingCalls} calls that have not said what they want; there are more.`;
      host.countRefusal(new UndertoneError('overloaded', most));
      call.emit('error', failedStatus('overloaded', most));
      return;
    }
    this.#waitingCalls++;
    void new StreamCall(call, host, authenticator, () => this.#waitingCalls--).start();
  }

  #tellHealth(): void {
    const status = this.#options.isReady() ? 'SERVING' : 'NOT_SERVING';
    this.#health.setStatus('', status);
    this.#health.setStatus(serviceName, status);
  }
}

function serverOptions({
  maxFrameBytes,
  pingIntervalMs,
  idleTimeoutMs,
}: SessionHost['services']['config']): ServerOptions {
  return {
    'grpc.max_receive_message_length': maxFrameBytes + envelopeBytes,
    'grpc.keepalive_time_ms': pingIntervalMs,
    'grpc.keepalive_timeout_ms': Math.min(pingIntervalMs, keepaliveTimeoutMs),
    // A connection without a call; its client opens another for its next one.
    'grpc.max_connection_idle_ms': idleTimeoutMs,
    'grpc.max_connection_age_ms': maxConnectionAgeMs,
  };
}
