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

const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte', 'petabyte'] as const;

/** The unit a person would use, and how many of it; 999,950 bytes are 1.0 MB, not 1,000.0 kB. */
function scale(bytes: number): { value: number; unit: (typeof units)[number] } {
  let value = bytes;
  let index = 0;
  while (index < units.length - 1 && value >= (index === 0 ? 999.5 : 999.95)) {
    value /= 1000;
    index += 1;
  }
  return { value, unit: units[index] ?? 'byte' };
}

/** `2.1 MB`, `8.1 GB`, `512 bytes`; decimal units, as browsers and S3's bill count. */
export function formatBytes(bytes: number, locale?: string): string {
  const { value, unit } = scale(bytes);
  return unit === 'byte'
    ? number(locale, { style: 'unit', unit, unitDisplay: 'long', maximumFractionDigits: 0 }).format(value)
    : number(locale, { style: 'unit', unit, minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(
        value,
      );
}

/** A size that is said right before a larger one: without its unit where both have the same. */
export function formatBytesBefore(bytes: number, whole: number, locale?: string): string {
  const { value, unit } = scale(bytes);
  if (unit !== scale(whole).unit) return formatBytes(bytes, locale);
  const digits = unit === 'byte' ? 0 : 1;
  return number(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
}

/** `41 MB/s`, `2.1 MB/s`: whole numbers from 10 on, so that it does not flicker. */
export function formatSpeed(bytesPerSecond: number, locale?: string): string {
  const { value, unit } = scale(bytesPerSecond);
  return number(locale, {
    style: 'unit',
    unit: `${unit}-per-second`,
    maximumFractionDigits: value >= 10 || unit === 'byte' ? 0 : 1,
  }).format(value);
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

function time(value: number, unit: 'second' | 'minute' | 'hour', locale?: string): string {
  return number(locale, { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: 0 }).format(
    value,
  );
}

/**
 * A time as somebody would say it: `40 sec`, `2 min`, `1 hr 20 min`; coarse on purpose. Undefined for less
 * than ten seconds and for more than a day, which have words of their own.
 */
export function formatDuration(seconds: number, locale?: string): string | undefined {
  if (!(seconds >= 10) || seconds >= 24 * 3600) return undefined;
  if (seconds < 90) return time(Math.ceil(seconds / 10) * 10, 'second', locale);
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 60) return time(minutes, 'minute', locale);
  const rounded = Math.ceil(minutes / 5) * 5;
  const rest = rounded % 60;
  const hours = time((rounded - rest) / 60, 'hour', locale);
  return rest === 0 ? hours : `${hours} ${time(rest, 'minute', locale)}`;
}

const dates = new Map<string, Intl.DateTimeFormat>();

function date(locale: string | undefined, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale}${JSON.stringify(options)}`;
  let format = dates.get(key);
  if (format === undefined) {
    format = new Intl.DateTimeFormat(locale, options);
    dates.set(key, format);
  }
  return format;
}

/** Short enough for a column: the time of today, the day of this year, else the date. */
export function formatWhen(when: Date, now: Date, locale?: string): string {
  if (when.toDateString() === now.toDateString()) return date(locale, { timeStyle: 'short' }).format(when);
  const sameYear = when.getFullYear() === now.getFullYear();
  return date(locale, { day: 'numeric', month: 'short', ...(sameYear ? {} : { year: 'numeric' }) }).format(
    when,
  );
}

/** The day and the minute, for whoever wants it exact. */
export function formatMoment(when: Date, locale?: string): string {
  return date(locale, { dateStyle: 'long', timeStyle: 'short' }).format(when);
}

/** `28 November 2026`. */
export function formatDay(when: Date, locale?: string): string {
  return date(locale, { dateStyle: 'long' }).format(when);
}
