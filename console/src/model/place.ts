/** Where a stream is recognised. */
export type Place = 'server' | 'device';

/** What the switch of the page offers. */
export type PlaceChoice = Place | 'both';

export const placeNames: Readonly<Record<Place, string>> = { server: 'Server', device: 'This device' };
