export type { PictureOptions } from './call-picture.ts';
export { CallPicture } from './call-picture.ts';
export { clock, meter } from './format.ts';
export type { Paint, Style } from './paint.ts';
export { createPaint, hasColours } from './paint.ts';
export { judgementText, judgementWidth, segmentLine, segmentLineWidth, summaryLines } from './result-text.ts';
export { speakerText, speakerWidth } from './speaker.ts';
