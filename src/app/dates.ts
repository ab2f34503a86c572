const dates = new Map<string, Intl.DateTimeFormat>();

const own = new Intl.DateTimeFormat().resolvedOptions().locale;

/** The page speaks English, so its months do: the reader's own, or one that writes days and hours as most languages do. */
const english = (locale: string): string => (/^en\b/.test(locale) ? locale : 'en-GB');

function date(reader: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const locale = english(reader);
  const key = `${locale}${JSON.stringify(options)}`;
  let format = dates.get(key);
  if (format === undefined) {
    format = new Intl.DateTimeFormat(locale, options);
    dates.set(key, format);
  }
  return format;
}

/** Short enough for a column: the time of today, the day of this year, else the date. */
export function formatWhen(when: Date, now: Date, locale = own): string {
  if (when.toDateString() === now.toDateString()) return date(locale, { timeStyle: 'short' }).format(when);
  const sameYear = when.getFullYear() === now.getFullYear();
  return date(locale, { day: 'numeric', month: 'short', ...(sameYear ? {} : { year: 'numeric' }) }).format(
    when,
  );
}

/** The day and the minute, for whoever wants it exact. */
export function formatMoment(when: Date, locale = own): string {
  return date(locale, { dateStyle: 'long', timeStyle: 'short' }).format(when);
}

/** `28 November 2026`. */
export function formatDay(when: Date, locale = own): string {
  return date(locale, { dateStyle: 'long' }).format(when);
}
