import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadCorpus, loadRawCorpus } from './corpus.ts';
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
  for (const [file, text] of Object.entries(contents)) {
    mkdirSync(join(folder, file, '..'), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
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
  it('reads emotion and actor', () => {
    expect(parseRavdessName('03-01-06-02-01-02-12.wav')).toEqual({ actor: '12', label: 'fearful' });
    expect(parseRavdessName('03-01-02-01-01-01-01.wav')).toEqual({ actor: '01', label: 'calm' });
    expect(parseRavdessName('03-01-08-01-01-01-01.flac')).toEqual({ actor: '01', label: 'surprised' });
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

describe('loading EmoDB', () => {
  it('reads speaker and emotion by the German letters, and leaves out boredom by default', async () => {
    const names = ['W', 'L', 'E', 'A', 'F', 'T', 'N'].map((letter) => `wav/08b03${letter}a.wav`);
    const folder = folderWith('emodb', [...names, 'wav/03a01Fa.wav', 'erkennung.txt']);
    const { name, clips } = await loadCorpus(folder);
    expect(name).toBe('emodb');
    expect(clips.map(({ speaker, label, sex }) => [speaker, label, sex])).toEqual([
      ['emodb/03', 'happy', 'male'],
      ...['fearful', 'disgust', 'happy', 'neutral', 'sad', 'angry'].map((label) => [
        'emodb/08',
        label,
        'female',
      ]),
    ]);
    expect((await loadRawCorpus(folder)).clips.map((clip) => clip.label)).toContain('bored');
  });
});

describe('loading TESS', () => {
  it('finds the folders inside the archive, takes odd names, and no file twice', async () => {
    const folder = folderWith('tess', [
      'TESS data/OAF_angry/OAF_back_angry.wav',
      'TESS data/OAF_neutral/OA_bite_neutral.wav',
      'TESS data/YAF_pleasant_surprised/YAF_back_ps.wav',
      'TESS data/YAF_fear/YAF_back_fear.wav',
      'TESS data/TESS data/OAF_angry/OAF_back_angry.wav',
    ]);
    const { clips } = await loadCorpus(folder);
    expect(clips.map(({ speaker, label, sex }) => [speaker, label, sex])).toEqual([
      ['tess/OAF', 'angry', 'female'],
      ['tess/OAF', 'neutral', 'female'],
      ['tess/YAF', 'fearful', 'female'],
    ]);
  });
});

describe('loading IEMOCAP', () => {
  const evaluation = [
    '% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]',
    '',
    '[6.2901 - 8.2357]\tSes01F_impro01_F000\tneu\t[2.5000, 2.5000, 2.5000]',
    'C-E2:\tNeutral;\t()',
    'C-E3:\tNeutral; Sadness;\t()',
    'C-F1:\tAnger;\t()',
    'A-E3:\tval 3; act 2; dom  2;\t()',
    '',
    '[10.0100 - 11.3925]\tSes01F_impro01_M001\texc\t[4.0000, 3.5000, 3.0000]',
    '[12.0100 - 13.3925]\tSes01F_impro01_M002\txxx\t[4.0000, 3.5000, 3.0000]',
  ].join('\n');
  const wav = (turn: string): string => `Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_${turn}.wav`;
  const file = 'Session1/dialog/EmoEvaluation/Ses01F_impro01.txt';

  it('reads turns, their speakers and what the raters said, and leaves out what they did not agree on', async () => {
    const folder = folderWith('iemocap', [wav('F000'), wav('M001'), wav('M002'), file], {
      [file]: evaluation,
    });
    const { clips } = await loadRawCorpus(folder);
    expect(clips.map(({ speaker, label, sex }) => [speaker, label, sex])).toEqual([
      ['iemocap/Session1-female', 'neutral', 'female'],
      ['iemocap/Session1-male', 'excited', 'male'],
      ['iemocap/Session1-male', 'undecided', 'male'],
    ]);
    expect(clips[0]!.votes).toEqual({ neutral: 1.5, sad: 0.5 });
    expect(clips[0]!.path).toBe(join(folder, wav('F000')));
    expect((await loadCorpus(folder)).clips.map((clip) => clip.label)).toEqual(['neutral', 'happy']);
  });

  it('names a turn without its recording, and an emotion that it does not know', async () => {
    const lacking = folderWith('iemocap-lacking', [wav('F000'), file], { [file]: evaluation });
    await expect(loadCorpus(lacking)).rejects.toMatchObject({
      code: 'file_not_found',
      message: expect.stringContaining('Ses01F_impro01_M001.wav'),
    });
    const strange = folderWith('iemocap-strange', [file], { [file]: evaluation.replace('neu', 'zzz') });
    await expect(loadCorpus(strange)).rejects.toThrow('line 3: expected an emotion of ang, dis');
  });
});

describe('votes for CREMA-D', () => {
  const clips = ['AudioWAV/1001_DFA_ANG_XX.wav', 'AudioWAV/1001_DFA_SAD_XX.flac'];

  it('come from single answers to the voice, or from a table of majorities with ties', async () => {
    const answers = folderWith('crema-answers', clips, {
      'finishedResponses.csv': [
        'localid,queryType,clipName,respEmo',
        '1,1,1001_DFA_ANG_XX,A',
        '2,1,1001_DFA_ANG_XX,N',
        '3,1,1001_DFA_ANG_XX,A',
        '4,2,1001_DFA_ANG_XX,H',
      ].join('\n'),
    });
    expect((await loadRawCorpus(answers)).clips.map((clip) => clip.votes)).toEqual([
      { angry: 2, neutral: 1 },
      undefined,
    ]);
    const table = join(
      folderWith('votes', [], { 'v.csv': 'FileName,VoiceVote,VoiceLevel\n1001_DFA_SAD_XX,N:S,60:61\n' }),
      'v.csv',
    );
    const { clips: voted } = await loadRawCorpus(folderWith('crema-table', clips), { votesPath: table });
    expect(voted.map((clip) => clip.votes)).toEqual([undefined, { neutral: 1.5, sad: 1.5 }]);
  });

  it('are refused with the row when a letter means nothing', async () => {
    const folder = folderWith('crema-votes-bad', clips, {
      'processedResults/summaryTable.csv': 'FileName,VoiceVote\n1001_DFA_SAD_XX,Q\n',
    });
    await expect(loadCorpus(folder)).rejects.toThrow('row 1: expected a vote of A, D, F, H, N, S, found "Q"');
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

  it('takes votes by column, and refuses what is no number', async () => {
    const manifest = (votes: string): string =>
      `path,speaker,label,votes_sad,votes_happy\na.wav,x,sad,${votes}\n`;
    const folder = folderWith('voted', [], { 'a.csv': manifest('3,1'), 'b.csv': manifest('3,many') });
    expect((await loadRawCorpus(join(folder, 'a.csv'))).clips[0]!.votes).toEqual({ sad: 3, happy: 1 });
    await expect(loadRawCorpus(join(folder, 'b.csv'))).rejects.toThrow(
      'row 1: expected votes_happy to be a number from 0, found many',
    );
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
