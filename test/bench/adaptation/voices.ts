/** Speakers of acted corpora with their clips. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

export interface VoiceClip {
  readonly path: string;
  readonly speaker: string;
  readonly label: string;
  readonly sentence: string;
}

export interface Voice {
  readonly name: string;
  readonly clips: readonly VoiceClip[];
}

const ravdessLabels: Readonly<Record<string, string>> = {
  '01': 'neutral',
  '03': 'happy',
  '04': 'sad',
  '05': 'angry',
  '06': 'fearful',
  '07': 'disgust',
};

/** @param folder holds `Actor_01`, `Actor_02`, ... */
export function ravdessVoices(folder: string, first: number, last: number): Voice[] {
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const actor = Number(name.replace('Actor_', ''));
      if (!(actor >= first && actor <= last)) return [];
      const clips = readdirSync(join(folder, name))
        .sort()
        .flatMap((file) => {
          const [, , emotion = '', , sentence = ''] = file.split('-');
          const label = ravdessLabels[emotion];
          return label ? [{ path: join(folder, name, file), speaker: name, label, sentence }] : [];
        });
      return [{ name, clips }];
    });
}

const cremaDLabels: Readonly<Record<string, string>> = {
  NEU: 'neutral',
  HAP: 'happy',
  SAD: 'sad',
  ANG: 'angry',
  FEA: 'fearful',
  DIS: 'disgust',
};

/** @param folder holds `AudioWAV` */
export function cremaDVoices(folder: string, speakers: readonly string[]): Voice[] {
  const files = readdirSync(join(folder, 'AudioWAV')).sort();
  return speakers.map((name) => ({
    name,
    clips: files
      .filter((file) => file.startsWith(`${name}_`))
      .flatMap((file) => {
        const [, sentence = '', emotion = ''] = file.split('_');
        const label = cremaDLabels[emotion];
        return label ? [{ path: join(folder, 'AudioWAV', file), speaker: name, label, sentence }] : [];
      }),
  }));
}
