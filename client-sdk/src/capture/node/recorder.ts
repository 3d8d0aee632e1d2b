/**
 * Microphones in Node, through a program that is installed already: `rec` of SoX or `ffmpeg`. Both give raw 16 kHz
 * mono 16-bit samples on their standard output.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Readable } from 'node:stream';
import { UndertoneError } from '@undertone/core';

/** `sox` is its `rec`. */
export type RecorderProgram = 'sox' | 'ffmpeg';

export interface RecorderOptions {
  /** Default: the first of SoX and ffmpeg that is installed. */
  readonly program?: RecorderProgram;
  /** As the recording program names it. */
  readonly device?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly platform?: NodeJS.Platform;
}

interface RecorderCommand {
  readonly kind: RecorderProgram;
  readonly program: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

const maxMessageCharacters = 2000;
/** For a program that was told to end. */
const endMs = 2000;

export class Recorder {
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #name: string;
  readonly program: RecorderProgram;
  /** How the program ended: its code or the signal. */
  readonly #exit: Promise<string>;
  #stderr = '';
  #stopped = false;

  /** @throws UndertoneError `microphone_unavailable` when the program is not installed, or neither is */
  constructor(options: RecorderOptions = {}) {
    const { kind, program, args, env } = recorderCommand(options);
    this.program = kind;
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
    // Else who waits for its end could wait for ever.
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), endMs);
    void this.#exit.then(() => clearTimeout(timer));
  }
}

function recorderCommand(options: RecorderOptions): RecorderCommand {
  const env = options.env ?? process.env;
  const { device, program: wanted } = options;
  const rec = wanted === 'ffmpeg' ? null : findProgram('rec', env);
  if (rec) {
    const args = '-q -t raw -r 16000 -c 1 -b 16 -e signed-integer -L -'.split(' ');
    const recEnv = device === undefined ? env : { ...env, AUDIODEV: device };
    return { kind: 'sox', program: rec, args, env: recEnv };
  }
  const ffmpeg = wanted === 'sox' ? null : findProgram('ffmpeg', env);
  if (ffmpeg) {
    const input = ffmpegInput(options.platform ?? process.platform, device);
    const args = ['-hide_banner', '-loglevel', 'error', ...input, ...'-ac 1 -ar 16000 -f s16le -'.split(' ')];
    return { kind: 'ffmpeg', program: ffmpeg, args, env };
  }
  const names = { sox: 'rec (SoX)', ffmpeg: 'ffmpeg' };
  const expected = wanted ? names[wanted] : `${names.sox} or ${names.ffmpeg}`;
  const install = 'Install one: apt install sox, brew install sox, or winget install ffmpeg';
  throw new UndertoneError(
    'microphone_unavailable',
    `Expected ${expected} in PATH to record with; got ${wanted ? 'none' : 'neither'}. ${install}.`,
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
