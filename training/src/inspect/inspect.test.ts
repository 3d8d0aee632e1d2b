import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { syntheticVoice, writeSyntheticCremaD, writeWav } from '../../../test/support/synthetic-corpus.ts';
import { Random } from '../data/random.ts';
import { resample } from '../preprocess/speed.ts';
import { throughTelephone } from '../preprocess/telephone.ts';
import { inspectionPage } from './inspect-page.ts';
import { type Inspection, inspectionOf } from './inspection.ts';
import { measureAudio } from './measure-audio.ts';
import { measureClips } from './measure-clips.ts';
import { loadForInspection } from './plain-folder.ts';

const root = mkdtempSync(join(tmpdir(), 'undertone-inspect-'));
afterAll(() => rmSync(root, { recursive: true }));

const rateHz = 16000;
const tone = (amplitude: number, seconds = 1, hz = 440): Float32Array =>
  Float32Array.from(
    { length: seconds * rateHz },
    (_, n) => amplitude * Math.sin((2 * Math.PI * hz * n) / rateHz),
  );
/** Noise that falls towards high frequencies, as speech does. */
const brown = (amplitude: number, seed = 1): Float32Array => {
  const random = new Random(seed);
  let level = 0;
  return Float32Array.from({ length: 2 * rateHz }, () => {
    level = 0.7 * level + 0.3 * random.normal();
    return amplitude * level;
  });
};

async function inspect(path: string): Promise<Inspection> {
  const corpus = await loadForInspection(path, {});
  return inspectionOf(corpus, await measureClips(corpus.clips, { threads: 0 }));
}

describe('measureAudio', () => {
  it('gives level and peak as sox does', () => {
    const path = join(root, 'tone.wav');
    writeWav(path, brown(0.2));
    const text = execFileSync('sh', ['-c', `sox '${path}' -n stats 2>&1`]).toString();
    const value = (name: string): number => Number(new RegExp(`${name}\\s+(-?[\\d.]+)`).exec(text)![1]);
    const { rmsDb, peakDb } = measureAudio(
      brown(0.2).map((x) => Math.max(-1, Math.min(1, Math.round(x * 32768) / 32768))),
      rateHz,
    );
    expect(rmsDb).toBeCloseTo(value('RMS lev dB'), 1);
    expect(peakDb).toBeCloseTo(value('Pk lev dB'), 1);
  });

  it('counts what is clipped, also when it was made quieter afterwards, and not what is only loud', () => {
    const clipped = tone(1.6).map((x) => Math.max(-1, Math.min(1, x)));
    expect(measureAudio(clipped, rateHz).clippedSamples).toBeGreaterThan(1000);
    expect(
      measureAudio(
        clipped.map((x) => x / 2),
        rateHz,
      ).clippedSamples,
    ).toBeGreaterThan(1000);
    expect(measureAudio(brown(0.25), rateHz).clippedSamples).toBe(0);
  });

  it('finds where the spectrum ends, and no edge where there is none', () => {
    const wide = brown(0.2);
    expect(measureAudio(wide, rateHz).bandwidthHz).toBe(8000);
    for (const band of [false, true]) {
      const { bandwidthHz } = measureAudio(throughTelephone(wide, band), rateHz);
      expect(bandwidthHz).toBeGreaterThan(3000);
      expect(bandwidthHz).toBeLessThan(4300);
    }
    const upsampled = resample(resample(wide, rateHz, 11025), 11025, 44100);
    // The resampler lets through up to 1.1 of 5512 Hz.
    expect(Math.abs(measureAudio(upsampled, 44100).bandwidthHz - 5800)).toBeLessThan(350);
  });

  it('measures the floor, the pauses and exact silence', () => {
    const voice = syntheticVoice(150, 1, 1, 0.5);
    const { floorDb, loudDb, silenceShare, digitalSilenceShare } = measureAudio(voice, rateHz);
    expect(loudDb - floorDb).toBeGreaterThan(30);
    expect(silenceShare).toBeGreaterThan(0.25);
    expect(silenceShare).toBeLessThan(0.55);
    expect(digitalSilenceShare).toBe(0);
    const cut = voice.map((x, n) => (n < 8000 ? 0 : x));
    expect(measureAudio(cut, rateHz).digitalSilenceShare).toBeCloseTo(0.25, 2);
    expect(measureAudio(new Float32Array(8000), rateHz)).toMatchObject({
      rmsDb: -120,
      silenceShare: 1,
      digitalSilenceShare: 1,
    });
  });
});

describe('inspecting a corpus', () => {
  it('names what looks wrong, and nothing in a corpus where all is well', async () => {
    const folder = join(root, 'crema');
    writeSyntheticCremaD(folder, 4, ['DFA']);
    const well = await inspect(folder);
    expect(well).toMatchObject({ clips: 24, speakers: 4, unreadable: 0, clippedClips: 0, findings: [] });
    expect(well.classes.map(({ name, clips, speakers }) => [name, clips, speakers])).toContainEqual([
      'sad',
      4,
      4,
    ]);
    expect(well.sexes.map(({ name }) => name)).toEqual(['female', 'male']);

    const file = (name: string): string => join(folder, 'AudioWAV', `${name}.wav`);
    const copy = syntheticVoice(130, 1, 7);
    writeWav(file('1001_IEO_SAD_LO'), copy);
    writeWav(file('1001_IEO_HAP_LO'), copy);
    const other = syntheticVoice(140, 1, 8);
    writeWav(file('1002_IEO_SAD_LO'), other);
    writeWav(file('1003_IEO_SAD_LO'), other);
    writeWav(file('1002_IOM_SAD_LO'), new Float32Array(16000));
    writeWav(
      file('1002_IWL_SAD_LO'),
      syntheticVoice(120, 1, 9).map((x) => Math.max(-1, Math.min(1, 6 * x))),
    );
    writeWav(file('1002_TIE_SAD_LO'), tone(0.3, 0.2));
    writeWav(
      file('1002_MTI_SAD_LO'),
      syntheticVoice(120, 1, 10).map((x) => 0.5 * x + 0.1),
    );
    writeFileSync(file('1003_WSI_SAD_LO'), 'RIFF and then nothing');
    const { findings, unreadable } = await inspect(folder);
    const named = Object.fromEntries(findings.map(({ code, names }) => [code, names]));
    expect(unreadable).toBe(1);
    expect(named.unreadable![0]).toContain('1003_WSI_SAD_LO.wav');
    expect(named['duplicates-across-labels']).toEqual(['1001_IEO_HAP_LO.wav = 1001_IEO_SAD_LO.wav']);
    expect(named['duplicates-across-speakers']).toEqual(['1002_IEO_SAD_LO.wav = 1003_IEO_SAD_LO.wav']);
    expect(named.silent).toEqual(['1002_IOM_SAD_LO.wav']);
    expect(named.clipped).toEqual(['1002_IWL_SAD_LO.wav']);
    expect(named.short).toEqual(['1002_TIE_SAD_LO.wav']);
    expect(named.offset).toEqual(['1002_MTI_SAD_LO.wav']);
    expect(findings.map(({ severity }) => severity).indexOf('warning')).toBeGreaterThan(
      findings.map(({ severity }) => severity).lastIndexOf('error'),
    );
  });

  it('finds rates and floors that differ, and classes of too few speakers', async () => {
    const folder = join(root, 'calls');
    const rows = ['path,speaker,label'];
    for (let i = 0; i < 8; i++) {
      const sad = i % 2 === 0;
      const voice = syntheticVoice(120 + i, 1, i);
      const noise = new Random(i);
      const heard = sad ? voice : voice.map((x) => x + 0.01 * noise.normal());
      writeWav(
        join(folder, `${i}.wav`),
        i === 0 ? resample(heard, rateHz, 8000) : heard,
        i === 0 ? 8000 : rateHz,
      );
      rows.push(`${i}.wav,s${i % 2 === 0 ? 0 : i},${sad ? 'sad' : 'happy'}`);
    }
    writeFileSync(join(folder, 'manifest.csv'), rows.join('\n'));
    const { findings } = await inspect(folder);
    const named = Object.fromEntries(findings.map(({ code, names }) => [code, names]));
    expect(named['sample-rates']).toEqual(['8000 Hz: 1', '16000 Hz: 7']);
    expect(named['few-speakers']).toEqual(['sad']);
    expect(named['floor-by-class']).toHaveLength(2);
    expect(named['sex-unknown']).toHaveLength(5);
  });

  it('finds telephone recordings among others', async () => {
    const folder = join(root, 'mixed');
    for (let i = 0; i < 5; i++) {
      const heard = brown(0.1, i);
      writeWav(join(folder, 'x', `${i}.wav`), i === 3 ? throughTelephone(heard, true) : heard);
    }
    const { findings } = await inspect(folder);
    expect(findings.find(({ code }) => code === 'narrow-band')!.names).toEqual(['3.wav']);
  });

  it('looks at any folder with recordings, and says that it has no labels', async () => {
    const folder = join(root, 'plain');
    mkdirSync(folder);
    writeWav(join(folder, 'anna', 'a.wav'), syntheticVoice(120, 1));
    writeWav(join(folder, 'ben', 'b.wav'), syntheticVoice(130, 1, 2));
    const found = await inspect(folder);
    expect(found).toMatchObject({ clips: 2, speakers: 2 });
    expect(found.findings.map(({ code }) => code)).toEqual(['no-labels']);
    mkdirSync(join(root, 'nothing'));
    await expect(inspect(join(root, 'nothing'))).rejects.toThrow('found nothing');
  });

  it('makes a page that needs nothing else and escapes names', async () => {
    const folder = join(root, 'page');
    writeWav(join(folder, 'a', 'x<b>.wav'), new Float32Array(16000));
    const page = inspectionPage([await inspect(folder)]);
    expect(page).toContain('x&lt;b&gt;.wav');
    expect(page.match(/<svg/g)!.length).toBe(8);
    expect(page).not.toMatch(/(src|href)="http|<script/);
  });
});
