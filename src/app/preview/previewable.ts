import { loadPart } from '../../core/load-part.ts';
import type { Preview, PreviewOptions } from '../../transfer/preview/open-preview.ts';

/**
 * Whether a preview may be offered for a name. The list is that of `previewTypeOf`, which is loaded with the preview;
 * a test keeps them alike.
 */
export function isPreviewable(name: string): boolean {
  return endings.test(name);
}

const endings =
  /\.(png|jpe?g|gif|webp|avif|bmp|svg|mp3|wav|flac|og[gav]|opus|m4[av]|aac|mp4|mov|webm|mkv|pdf|te?xt|md|markdown|log|[ct]sv|json|jsonl|ndjson|xml|x?html|htm|css|[mc]?js|[jt]sx?|ya?ml|toml|ini|conf|cfg|env|(ba|z)?sh|bat|ps1|py|rb|go|rs|java|kt|[ch](pp)?|cc|cs|php|pl|lua|r|swift|scala|sql|tex|bib|srt|vtt|eml|ics|vcf|diff|patch|pem|asc|gpx|kml|geojson|svelte|vue|gitignore)$/i;

/** A file that can be looked at. */
export interface Previewed {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  open(options: Omit<PreviewOptions, 'store' | 'request'>): Promise<Preview>;
}

/** Nobody looks at a file on most visits: what it takes is loaded then. */
export function previewed({ store, request }: Pick<PreviewOptions, 'store' | 'request'>): Previewed {
  const { name, size } = request;
  return {
    name,
    size,
    async open(options) {
      const { openPreview } = await loadPart(import('../../transfer/preview/open-preview.ts'));
      return openPreview({ store, request, ...options });
    },
  };
}
