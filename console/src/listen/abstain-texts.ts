/** Why a result has no label. */
export const abstainTexts: Readonly<Record<'no_speech' | 'low_confidence', string>> = {
  no_speech: 'too little speech',
  low_confidence: 'not sure enough',
};
