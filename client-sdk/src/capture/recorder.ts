/**
 * Microphones in Node, through a program that is installed already: `rec` of SoX or `ffmpeg`. Both give raw 16 kHz
 * mono 16-bit samples on their standard output.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Readable } from 'node:stream';
import { UndertoneError } from '@undertone/core';

export interface RecorderOptions {
  /** As the recording program names it. */
  readonly device?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly platform?: NodeJS.Platform;
}

interface RecorderCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

const maxMessageCharacters = 2000;

export class Recorder {
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #name: string;
  /** How the program ended: its code or the signal. */
  readonly #exit: Promise<string>;
  #stderr = '';
  #stopped = false;

  /** @throws UndertoneError `microphone_unavailable` when neither program is installed */
  constructor(options: RecorderOptions = {}) {
    const { program, args, env } = recorderCommand(options);
    this.#name = program;
    this.#child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-maxMessageCharacters);
    });
    this.#exit = new Promise((resolve) => {
      this.#child.on('close', (code, signal) => resolve(code === null ? `signal ${signal}` : `code ${code}`));
      this.#child.on('error', (error) => {
        this.#stderr += error.message;
        resolve('an error');
      });
    });
  }

  /**
   * Audio until it is stopped or the program ends. Leaving the loop stops the program.
   * @throws UndertoneError `microphone_unavailable` when the program fails
   */
  async *audio(): AsyncGenerator<Uint8Array> {
    try {
      for await (const bytes of this.#child.stdout) yield bytes as Uint8Array;
      const end = await this.#exit;
      if (end === 'code 0' || this.#stopped) return;
      const said = this.#stderr.trim().split('\n').slice(-2).join(' ').trim() || 'nothing';
      throw new UndertoneError(
        'microphone_unavailable',
        `Expected ${this.#name} to record; it ended with ${end} and said: ${said}`,
      );
    } finally {
      this.stop();
    }
  }

  /** Idempotent. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#child.kill('SIGTERM');
  }
}

function recorderCommand(options: RecorderOptions): RecorderCommand {
  const env = options.env ?? process.env;
  const { device } = options;
  const rec = findProgram('rec', env);
  if (rec) {
    const args = '-q -t raw -r 16000 -c 1 -b 16 -e signed-integer -L -'.split(' ');
    return { program: rec, args, env: device === undefined ? env : { ...env, AUDIODEV: device } };
  }
  const ffmpeg = findProgram('ffmpeg', env);
  if (ffmpeg) {
    const input = ffmpegInput(options.platform ?? process.platform, device);
    const args = ['-hide_banner', '-loglevel', 'error', ...input, ...'-ac 1 -ar 16000 -f s16le -'.split(' ')];
    return { program: ffmpeg, args, env };
  }
  const install = 'Install one: apt install sox, brew install sox, or winget install ffmpeg';
  throw new UndertoneError(
    'microphone_unavailable',
    `Expected rec (SoX) or ffmpeg in PATH to record with; got neither. ${install}.`,
  );
}

function ffmpegInput(platform: NodeJS.Platform, device: string | undefined): string[] {
  if (platform === 'darwin') return ['-f', 'avfoundation', '-i', `:${device ?? '0'}`];
  if (platform === 'win32') return ['-f', 'dshow', '-i', `audio=${device ?? 'default'}`];
  return ['-f', 'alsa', '-i', device ?? 'default'];
}

function findProgram(name: string, env: NodeJS.ProcessEnv): string | null {
  const names = process.platform === 'win32' ? [`${name}.exe`] : [name];
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    for (const candidate of names) {
      const path = join(folder || '.', candidate);
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch {
        // Not here.
      }
    }
  }
  return null;
}
