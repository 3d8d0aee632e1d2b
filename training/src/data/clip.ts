/** What a corpus loader returns: one recorded utterance with its speaker and its label. */

export type Sex = 'female' | 'male';

export interface Clip {
  /** Recording, in any format that `readAudioFile` takes. */
  readonly path: string;
  /** Path within the corpus, where its file name alone is that of another clip of the speaker too. */
  readonly name?: string;
  /** Unique over all corpora, for example `crema-d/1001`. */
  readonly speaker: string;
  readonly label: string;
  readonly corpus: string;
  readonly sex?: Sex;
  /** First second of the utterance in the file; default 0. */
  readonly startS?: number;
  /** End of the utterance in the file; default the end of the file. */
  readonly endS?: number;
  /** What raters heard, if they were asked: how many chose each label. Shares of a vote count as such. */
  readonly votes?: Readonly<Record<string, number>>;
  /** Soft label: the share of each class, summing to 1; absent where the label is all that counts. */
  readonly distribution?: Readonly<Record<string, number>>;
}

/** A corpus as its loader read it, with what the model card must say about it. */
export interface Corpus {
  readonly name: string;
  readonly title: string;
  readonly licence: string;
  readonly clips: readonly Clip[];
}

/** The classes that the corpora share, in the order of the model's outputs, unless others are asked for. */
export const emotionLabels: readonly string[] = ['angry', 'disgust', 'fearful', 'happy', 'neutral', 'sad'];
