/** The little XML that S3 speaks: elements and text. No DTDs, no entities beyond XML's own five. */
import { S3Error } from './errors.ts';

export interface Element {
  readonly name: string;
  readonly children: readonly Element[];
  readonly text: string;
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const maxDepth = 16;

/** Reads a document; namespaces and attributes are skipped. Throws `MalformedXML`. */
export function parseXml(source: string): Element {
  const malformed = () => new S3Error('MalformedXML');
  const root: { name: string; children: Element[]; text: string } = { name: '', children: [], text: '' };
  const open = [root];
  const tokens =
    /<\?[^>]*\?>|<!--[\s\S]*?-->|<(\/?)([A-Za-z_][\w.:-]*)((?:\s+[\w.:-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|([^<]+)/y;
  while (tokens.lastIndex < source.length) {
    const match = tokens.exec(source);
    const top = open.at(-1);
    if (!match || !top) throw malformed();
    const [, closing, name, , selfClosing, text] = match;
    if (text !== undefined) {
      top.text += text.replace(/&([^;\s]*);?/g, (whole, entity: string) => decodeEntity(whole, entity));
    } else if (name !== undefined) {
      const local = name.slice(name.indexOf(':') + 1);
      if (closing) {
        if (open.length < 2 || top.name !== local) throw malformed();
        open.pop();
      } else {
        const element = { name: local, children: [], text: '' };
        top.children.push(element);
        if (!selfClosing) open.push(element);
        if (open.length > maxDepth) throw malformed();
      }
    }
  }
  const [document, ...others] = root.children;
  if (open.length !== 1 || !document || others.length > 0 || root.text.replace(/\uFEFF/, '').trim() !== '')
    throw malformed();
  return document;
}

function decodeEntity(whole: string, entity: string): string {
  const known = whole.endsWith(';') ? entities[entity] : undefined;
  if (known !== undefined) return known;
  const numeric = /^#(?:x([0-9a-fA-F]{1,6})|(\d{1,7}))$/.exec(entity);
  const code = numeric ? Number.parseInt(numeric[1] ?? numeric[2] ?? '', numeric[1] ? 16 : 10) : Number.NaN;
  if (!whole.endsWith(';') || !(code > 0 && code <= 0x10ffff)) throw new S3Error('MalformedXML');
  return String.fromCodePoint(code);
}

export function child(element: Element | undefined, name: string): Element | undefined {
  return element?.children.find((candidate) => candidate.name === name);
}

export function childrenNamed(element: Element | undefined, name: string): Element[] {
  return element?.children.filter((candidate) => candidate.name === name) ?? [];
}

/** Text of a child, blanks around it kept; undefined without such a child. */
export function textOf(element: Element | undefined, name: string): string | undefined {
  return child(element, name)?.text;
}

/** Markup that is already escaped. */
export interface Xml {
  readonly markup: string;
}

type Content = string | number | boolean | undefined | Xml | readonly Content[];

/** An element of text or elements. `undefined` content is left out: see `optional`. */
export function el(name: string, ...content: readonly Content[]): Xml {
  return { markup: `<${name}>${content.map(render).join('')}</${name}>` };
}

/** An element, or nothing when there is no value. */
export function optional(name: string, value: string | number | boolean | undefined): Xml | undefined {
  return value === undefined ? undefined : el(name, value);
}

/** A whole document in S3's namespace. */
export function xmlDocument(name: string, ...content: readonly Content[]): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${name} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${content.map(render).join('')}</${name}>`;
}

function render(content: Content): string {
  if (content === undefined) return '';
  if (Array.isArray(content)) return content.map(render).join('');
  if (typeof content === 'object') return (content as Xml).markup;
  return escapeXml(String(content));
}

export function escapeXml(text: string): string {
  // Control characters have no place in XML 1.0; S3 writes them as references all the same.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is escaped
  return text.replace(/[&<>"\u0000-\u0008\u000B-\u001F]/g, (c) => {
    const name = { '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot' }[c];
    return name ? `&${name};` : `&#x${c.charCodeAt(0).toString(16)};`;
  });
}
