const formats = new Map<string, Intl.NumberFormat>();

function number(locale: string | undefined, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `${locale}${JSON.stringify(options)}`;
  let format = formats.get(key);
  if (format === undefined) {
    format = new Intl.NumberFormat(locale, options);
    formats.set(key, format);
  }
  return format;
}

/** The page speaks English in every locale, so the units do too; only the digits and their separators are the locale's. */
const units = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** The unit a person would use, and how many of it; 999,950 bytes are 1.0 MB, not 1,000.0 kB. */
function scale(bytes: number): { value: number; unit: (typeof units)[number] } {
  let value = bytes;
  let index = 0;
  while (index < units.length - 1 && value >= (index === 0 ? 999.5 : 999.95)) {
    value /= 1000;
    index += 1;
  }
  return { value, unit: units[index] ?? 'bytes' };
}

function withDigits(value: number, digits: number, locale: string | undefined): string {
  return number(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
}

/** A size that is said right before a larger one: without its unit where both have the same. */
export function formatBytesBefore(bytes: number, whole: number, locale?: string): string {
  const { value, unit } = scale(bytes);
  if (unit !== scale(whole).unit) return formatBytes(bytes, locale);
  return withDigits(value, unit === 'bytes' ? 0 : 1, locale);
}

/** `2.1 MB`, `8.1 GB`, `512 bytes`; decimal units, as browsers and S3's bill count. */
export function formatBytes(bytes: number, locale?: string): string {
  const { value, unit } = scale(bytes);
  if (bytes === 1) return `${withDigits(1, 0, locale)} byte`;
  return `${withDigits(value, unit === 'bytes' ? 0 : 1, locale)} ${unit}`;
}

/** `41 MB/s`, `2.1 MB/s`: whole numbers from 10 on, so that it does not flicker. */
export function formatSpeed(bytesPerSecond: number, locale?: string): string {
  const { value, unit } = scale(bytesPerSecond);
  const digits = value >= 10 || unit === 'bytes' ? 0 : 1;
  return `${number(locale, { maximumFractionDigits: digits }).format(value)} ${unit}/s`;
}

/** Whole per cents, rounded down: 100 % is kept for `progress` 1, which only S3 can give. */
export function wholePercent(progress: number): number {
  if (!(progress > 0)) return 0;
  return progress >= 1 ? 100 : Math.min(99, Math.floor(progress * 100 + 1e-9));
}

export function formatPercent(progress: number, locale?: string): string {
  return number(locale, { style: 'percent', maximumFractionDigits: 0 }).format(wholePercent(progress) / 100);
}

export function formatCount(count: number, locale?: string): string {
  return number(locale, {}).format(count);
}

/**
 * A time as somebody would say it: `40 sec`, `2 min`, `1 hr 20 min`; coarse on purpose. Undefined for less
 * than ten seconds and for more than a day, which have words of their own.
 */
export function formatDuration(seconds: number, locale?: string): string | undefined {
  if (!(seconds >= 10) || seconds >= 24 * 3600) return undefined;
  if (seconds < 90) return `${formatCount(Math.ceil(seconds / 10) * 10, locale)} sec`;
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 60) return `${formatCount(minutes, locale)} min`;
  const rounded = Math.ceil(minutes / 5) * 5;
  const rest = rounded % 60;
  const hours = `${formatCount((rounded - rest) / 60, locale)} hr`;
  return rest === 0 ? hours : `${hours} ${formatCount(rest, locale)} min`;
}
