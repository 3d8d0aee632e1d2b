/**
 * What a stream was given: bytes and, between them, commands. Knows how far it has been sent to a recognition thread, and
 * keeps all since the last checkpoint, so that it can be sent once more to another thread.
 */
import type { AudioEncoding } from '@undertone/core';
import { bytesPerSample } from '@undertone/core';
import { AudioLog } from './audio-log.ts';
import type { TickWriter } from './tick-writer.ts';
import type { StartPoint, StreamCommand } from './worker-protocol.ts';

interface Placed {
  /** Bytes before it. */
  at: number;
  readonly command: StreamCommand;
}

export class StreamInput {
  readonly #log = new AudioLog();
  readonly #frameBytes: number;
  #commands: Placed[] = [];
  /** Number of the first of `#commands`. */
  #firstCommand = 0;
  #acceptedSamples: number;
  #remainderBytes = 0;
  #sentBytes = 0;
  #sentCommands = 0;

  constructor(encoding: AudioEncoding, channels: number, acceptedSamples: number) {
    this.#frameBytes = bytesPerSample[encoding] * channels;
    this.#acceptedSamples = acceptedSamples;
  }

  /** Whole samples per channel of the source, accepted or skipped. */
  get acceptedSamples(): number {
    return this.#acceptedSamples;
  }

  get remainderBytes(): number {
    return this.#remainderBytes;
  }

  /** Bytes given so far. */
  get bytes(): number {
    return this.#log.end;
  }

  get sentBytes(): number {
    return this.#sentBytes;
  }

  get unsentBytes(): number {
    return this.#log.end - this.#sentBytes;
  }

  get hasUnsentCommand(): boolean {
    return this.#sentCommands < this.#firstCommand + this.#commands.length;
  }

  audio(bytes: Uint8Array): void {
    this.#log.append(bytes);
    const total = this.#remainderBytes + bytes.length;
    this.#remainderBytes = total % this.#frameBytes;
    this.#acceptedSamples += (total - this.#remainderBytes) / this.#frameBytes;
  }

  command(command: StreamCommand): void {
    if (command.type === 'skip') {
      this.#acceptedSamples += command.samples;
      this.#remainderBytes = 0;
    }
    this.#commands.push({ at: this.#log.end, command });
  }

  /** Writes what comes next, up to `limitBytes` of audio and as much as there is room for. */
  send(stream: number, writer: TickWriter, limitBytes: number): void {
    let left = limitBytes;
    while (writer.roomBytes > 0) {
      const next = this.#commands[this.#sentCommands - this.#firstCommand];
      const until = next ? next.at : this.#log.end;
      if (this.#sentBytes < until) {
        const length = Math.min(until - this.#sentBytes, left, writer.roomBytes);
        if (length <= 0) return;
        writer.audio(stream, this.#log, this.#sentBytes, this.#sentBytes + length);
        this.#sentBytes += length;
        left -= length;
      } else if (next) {
        writer.command(stream, next.command);
        this.#sentCommands++;
      } else return;
    }
  }

  /** From here on all is to be sent once more. */
  rewind({ bytes, commands }: StartPoint): void {
    this.#sentBytes = bytes;
    this.#sentCommands = commands;
  }

  /** What is before will not be needed again. */
  forgetBefore({ bytes, commands }: StartPoint): void {
    this.#log.forgetBefore(bytes);
    this.#commands.splice(0, commands - this.#firstCommand);
    this.#firstCommand = Math.max(this.#firstCommand, commands);
  }

  /** Takes back all audio from `bytes` on; returns how much that was. */
  truncate(bytes: number): number {
    const dropped = this.#log.end - bytes;
    const samples = Math.ceil((dropped - this.#remainderBytes) / this.#frameBytes);
    this.#acceptedSamples -= Math.max(0, samples);
    this.#remainderBytes = 0;
    this.#log.truncate(bytes);
    this.#sentBytes = Math.min(this.#sentBytes, bytes);
    for (const placed of this.#commands) placed.at = Math.min(placed.at, bytes);
    return dropped;
  }
}
