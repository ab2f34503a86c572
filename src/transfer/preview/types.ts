import type { Bytes } from '../../core/bytes.ts';

export type PreviewKind = 'image' | 'audio' | 'video' | 'pdf' | 'text';

/** How a file is shown, told by its name alone. */
export interface PreviewType {
  readonly kind: PreviewKind;
  /** What the browser is told that it is; never what a stored file says of itself. */
  readonly mediaType: string;
  /** Whether the first bytes of a file are of that type. */
  readonly fits: (start: Bytes) => boolean;
}

/** Bytes of the start that `fits` looks at. */
export const longestStart = 4096;

/** The bytes of a Latin-1 string, at a place. */
const at =
  (offset: number, ...patterns: readonly string[]) =>
  (start: Bytes): boolean =>
    patterns.some((pattern) =>
      [...pattern].every((character, index) => start[offset + index] === character.charCodeAt(0)),
    );
const both =
  (one: (start: Bytes) => boolean, other: (start: Bytes) => boolean) =>
  (start: Bytes): boolean =>
    one(start) && other(start);

/** No program writes NUL into text but in UTF-16, which begins with its mark. */
const isText = (start: Bytes): boolean => at(0, '\xff\xfe', '\xfe\xff')(start) || !start.includes(0);
const isMp4 = at(4, 'ftyp');
const isOgg = at(0, 'OggS');
const isMatroska = at(0, '\x1a\x45\xdf\xa3');
const isSvg = (start: Bytes): boolean => isText(start) && /<svg[\s>]/i.test(new TextDecoder().decode(start));
const isPdf = (start: Bytes): boolean =>
  new TextDecoder('latin1').decode(start.subarray(0, 1024)).includes('%PDF-');

const image = (mediaType: string, fits: PreviewType['fits']): PreviewType => ({
  kind: 'image',
  mediaType,
  fits,
});
const audio = (mediaType: string, fits: PreviewType['fits']): PreviewType => ({
  kind: 'audio',
  mediaType,
  fits,
});
const video = (mediaType: string, fits: PreviewType['fits']): PreviewType => ({
  kind: 'video',
  mediaType,
  fits,
});
/** Whatever the text is a program for, it is shown as text. */
const text: PreviewType = { kind: 'text', mediaType: 'text/plain', fits: isText };

const textEndings =
  'txt text md markdown log csv tsv json jsonl ndjson xml html htm xhtml css js mjs cjs ts tsx jsx yaml yml toml ini conf cfg env sh bash zsh bat ps1 py rb go rs java kt c h cc cpp hpp cs php pl lua r swift scala sql tex bib srt vtt eml ics vcf diff patch pem asc gpx kml geojson svelte vue gitignore';

const types: Readonly<Record<string, PreviewType>> = {
  png: image('image/png', at(0, '\x89PNG\r\n\x1a\n')),
  jpg: image('image/jpeg', at(0, '\xff\xd8\xff')),
  jpeg: image('image/jpeg', at(0, '\xff\xd8\xff')),
  gif: image('image/gif', at(0, 'GIF87a', 'GIF89a')),
  webp: image('image/webp', both(at(0, 'RIFF'), at(8, 'WEBP'))),
  avif: image('image/avif', both(isMp4, at(8, 'avif', 'avis', 'mif1', 'msf1'))),
  bmp: image('image/bmp', at(0, 'BM')),
  svg: image('image/svg+xml', isSvg),
  mp3: audio('audio/mpeg', at(0, 'ID3', '\xff\xfb', '\xff\xfa', '\xff\xf3', '\xff\xf2')),
  wav: audio('audio/wav', both(at(0, 'RIFF', 'RF64'), at(8, 'WAVE'))),
  flac: audio('audio/flac', at(0, 'fLaC')),
  ogg: audio('audio/ogg', isOgg),
  oga: audio('audio/ogg', isOgg),
  opus: audio('audio/ogg', isOgg),
  m4a: audio('audio/mp4', isMp4),
  aac: audio('audio/aac', at(0, '\xff\xf1', '\xff\xf9')),
  mp4: video('video/mp4', isMp4),
  m4v: video('video/mp4', isMp4),
  mov: video('video/mp4', isMp4),
  webm: video('video/webm', isMatroska),
  mkv: video('video/webm', isMatroska),
  ogv: video('video/ogg', isOgg),
  pdf: { kind: 'pdf', mediaType: 'application/pdf', fits: isPdf },
  ...Object.fromEntries(textEndings.split(' ').map((ending) => [ending, text])),
};

/** In lower case. */
export const endingsWithPreview: readonly string[] = Object.keys(types);

/** Undefined for a name whose ending is none that can be shown. */
export function previewTypeOf(name: string): PreviewType | undefined {
  const ending = /\.([^./]+)$/.exec(name)?.[1]?.toLowerCase() ?? '';
  return Object.hasOwn(types, ending) ? types[ending] : undefined;
}
