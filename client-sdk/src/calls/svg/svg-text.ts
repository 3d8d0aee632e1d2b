/** Pieces of SVG. Whatever stands in them is text: no part of it can become an element or an attribute. */
export type Attributes = Readonly<Record<string, string | number>>;

/** Escapes what means something in XML, and leaves out what may not stand in it at all. */
export function escapeXml(text: string): string {
  return (
    text
      .replace(/[\ud800-\udfff]/gu, '\ufffd')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they may not stand in XML, however written
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufffe\uffff]/g, '\ufffd')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      .replaceAll("'", '&#39;')
  );
}

/** @param children elements as they come from here, or from `escapeXml` */
export function element(name: string, attributes: Attributes, ...children: readonly string[]): string {
  const written = Object.entries(attributes).map(
    ([key, value]) => ` ${key}="${typeof value === 'number' ? short(value) : escapeXml(value)}"`,
  );
  const start = `<${name}${written.join('')}`;
  return children.length === 0 ? `${start}/>` : `${start}>${children.join('')}</${name}>`;
}

/** Text at a place. */
export function label(x: number, y: number, text: string, attributes: Attributes = {}): string {
  return element('text', { x, y, ...attributes }, escapeXml(text));
}

/** As much of a text as fits into a width, at about this many units for a character; empty where nothing would. */
export function fitted(text: string, width: number, charWidth: number): string {
  const most = Math.floor(width / charWidth);
  if (text.length <= most) return text;
  return most < 4 ? '' : `${text.slice(0, most - 1)}…`;
}

/** At most two digits behind the point. */
export function short(value: number): string {
  return String(Number(value.toFixed(2)));
}
