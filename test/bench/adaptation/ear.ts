/** Hears clips through `Recognizer`, each as a stream of its own; what the shipped model says is asked for once. */
import { readFileSync } from 'node:fs';
import { Recognizer } from '@undertone/client-sdk';
import type { LocalModel } from '@undertone/client-sdk/local';
import wavefile from 'wavefile';
import type { Scored } from './scores.ts';
import type { VoiceClip } from './voices.ts';

interface Audio {
  readonly audio: Float32Array;
  readonly sampleRateHz: number;
}

export class Ear {
  readonly #model: LocalModel;
  readonly #audio = new Map<string, Audio>();
  readonly #shipped = new Map<string, Readonly<Record<string, number>>>();

  constructor(model: LocalModel) {
    this.#model = model;
  }

  audioOf({ path }: VoiceClip): Audio {
    let known = this.#audio.get(path);
    if (!known) {
      const wav = new wavefile.WaveFile(new Uint8Array(readFileSync(path)));
      wav.toBitDepth('32f');
      const samples = wav.getSamples(false, Float32Array as never) as unknown as Float32Array;
      known = { audio: samples, sampleRateHz: (wav.fmt as { sampleRate: number }).sampleRate };
      this.#audio.set(path, known);
    }
    return known;
  }

  async score(
    clips: readonly VoiceClip[],
    labels: readonly string[],
    adaptation?: Uint8Array,
  ): Promise<Scored[]> {
    const scored: Scored[] = [];
    for (const clip of clips) {
      const scores = adaptation ? await this.#hear(clip, adaptation) : await this.#hearShipped(clip);
      scored.push({ label: clip.label, scores: labels.map((label) => [label, scores[label] ?? 0]) });
    }
    return scored;
  }

  async #hearShipped(clip: VoiceClip): Promise<Readonly<Record<string, number>>> {
    const known = this.#shipped.get(clip.path) ?? (await this.#hear(clip));
    this.#shipped.set(clip.path, known);
    return known;
  }

  async #hear(clip: VoiceClip, adaptation?: Uint8Array): Promise<Readonly<Record<string, number>>> {
    const { audio, sampleRateHz } = this.audioOf(clip);
    const recognizer = new Recognizer({
      mode: 'local',
      model: this.#model,
      encoding: 'float32',
      sampleRateHz,
      interimResults: false,
      ...(adaptation && { adaptation }),
    });
    await recognizer.write(audio);
    const { per_channel } = await recognizer.close();
    return per_channel[0]!.scores ?? {};
  }
}
