import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadCorpus } from './corpus.ts';
import { parseCremaDName } from './crema-d.ts';
import { parseRavdessName } from './ravdess.ts';

const root = mkdtempSync(join(tmpdir(), 'undertone-corpus-'));
afterAll(() => rmSync(root, { recursive: true }));

/** Makes a folder with empty files; loaders read names only. */
function folderWith(name: string, files: readonly string[], contents: Record<string, string> = {}): string {
  const folder = join(root, name);
  mkdirSync(folder, { recursive: true });
  for (const file of files) {
    mkdirSync(join(folder, file, '..'), { recursive: true });
    writeFileSync(join(folder, file), '');
  }
  for (const [file, text] of Object.entries(contents)) writeFileSync(join(folder, file), text);
  return folder;
}

describe('loading CREMA-D', () => {
  it('reads actor and intended emotion from the file name', () => {
    expect(parseCremaDName('1001_DFA_ANG_XX.wav')).toEqual({ actor: '1001', label: 'angry' });
    expect(parseCremaDName('1040_ITH_SAD_X.wav')).toEqual({ actor: '1040', label: 'sad' });
    expect(parseCremaDName('1001_DFA_XYZ_XX.wav')).toBeNull();
    expect(parseCremaDName('notes.wav')).toBeNull();
  });

  it('takes the sex from the demographics and leaves out what is no clip', async () => {
    const folder = folderWith(
      'crema',
      ['AudioWAV/1002_IEO_HAP_LO.wav', 'AudioWAV/1001_DFA_ANG_XX.wav', 'AudioWAV/readme.txt'],
      {
        'VideoDemographics.csv':
          'ActorID,Age,Sex,Race,Ethnicity\n1001,51,Male,Caucasian,"Not, Hispanic"\n1002,21,Female,,\n',
      },
    );
    const { name, clips } = await loadCorpus(folder);
    expect(name).toBe('crema-d');
    expect(clips.map(({ speaker, label, sex }) => [speaker, label, sex])).toEqual([
      ['crema-d/1001', 'angry', 'male'],
      ['crema-d/1002', 'happy', 'female'],
    ]);
  });

  it('knows no sex without demographics', async () => {
    const { clips } = await loadCorpus(folderWith('crema-bare', ['1003_TIE_FEA_XX.wav']));
    expect(clips[0]).not.toHaveProperty('sex');
  });

  it('refuses demographics that do not exist or have no Sex', async () => {
    const folder = folderWith('crema-bad', ['AudioWAV/1001_DFA_ANG_XX.wav'], {
      'd.csv': 'ActorID,Age\n1001,51\n',
    });
    await expect(loadCorpus(folder, { demographicsPath: join(folder, 'none.csv') })).rejects.toMatchObject({
      code: 'file_not_found',
    });
    await expect(loadCorpus(folder, { demographicsPath: join(folder, 'd.csv') })).rejects.toThrow(
      'expected a column "Sex", found ActorID, Age',
    );
  });
});

describe('loading RAVDESS', () => {
  it('reads emotion and actor, and has no label for calm and surprised', () => {
    expect(parseRavdessName('03-01-06-02-01-02-12.wav')).toEqual({ actor: '12', label: 'fearful' });
    expect(parseRavdessName('03-01-02-01-01-01-01.wav')).toEqual({ actor: '01', label: null });
    expect(parseRavdessName('03-01-08-01-01-01-01.wav')).toEqual({ actor: '01', label: null });
    // Song, and video.
    expect(parseRavdessName('03-02-06-01-01-01-12.wav')).toBeNull();
    expect(parseRavdessName('01-01-06-01-01-01-12.wav')).toBeNull();
  });

  it('takes odd actors as men and leaves out calm', async () => {
    const folder = folderWith('ravdess', [
      'Actor_01/03-01-05-01-01-01-01.wav',
      'Actor_01/03-01-02-01-01-01-01.wav',
      'Actor_02/03-01-01-01-02-02-02.wav',
    ]);
    const { clips } = await loadCorpus(folder);
    expect(clips.map(({ speaker, label, sex }) => [speaker, label, sex])).toEqual([
      ['ravdess/01', 'angry', 'male'],
      ['ravdess/02', 'neutral', 'female'],
    ]);
  });
});

describe('loading a CSV manifest', () => {
  it('reads quoted fields, parts of files and paths relative to the manifest', async () => {
    const folder = folderWith('calls', [], {
      'manifest.csv':
        'path,speaker,label,start,end,sex\r\n"a, ""b"".wav",anna,happy,1.5,3,female\r\nsub/c.wav,ben,sad,,,\r\n',
    });
    const { clips } = await loadCorpus(folder);
    expect(clips).toEqual([
      {
        path: join(folder, 'a, "b".wav'),
        speaker: 'manifest/anna',
        label: 'happy',
        corpus: 'manifest',
        sex: 'female',
        startS: 1.5,
        endS: 3,
      },
      { path: join(folder, 'sub/c.wav'), speaker: 'manifest/ben', label: 'sad', corpus: 'manifest' },
    ]);
  });

  it.each([
    ['path,speaker\na.wav,x', 'expected a column "label"'],
    ['path,speaker,label\na.wav,,sad', 'row 1: expected a speaker, found nothing'],
    ['path,speaker,label,start,end\na.wav,x,sad,2,1', 'expected end to be after start, found 2 to 1'],
    ['path,speaker,label,start\na.wav,x,sad,soon', 'expected start to be seconds from 0, found soon'],
    ['path,speaker,label\na.wav,x,bored', 'expected a label of angry, disgust'],
    ['path,speaker,label\n', 'found only the header'],
    ['path,speaker,label\n"a.wav,x,sad', 'is not CSV'],
  ])('refuses %j and says why', async (text, message) => {
    const folder = folderWith('bad', [], { 'list.csv': text });
    const load = loadCorpus(join(folder, 'list.csv'));
    await expect(load).rejects.toThrow(message);
    await expect(load).rejects.toMatchObject({ code: 'bad_corpus' });
  });
});

describe('recognising a layout', () => {
  it('refuses folders of another layout and paths that do not exist', async () => {
    await expect(loadCorpus(folderWith('other', ['x.mp3']))).rejects.toThrow('found x.mp3');
    await expect(loadCorpus(join(root, 'nowhere'))).rejects.toMatchObject({ code: 'file_not_found' });
  });
});
