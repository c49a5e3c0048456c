/**
 * Dates and times in words, in any locale Intl knows: "Tuesday 12 January 2027", "dinsdag 12 januari 2027".
 * Never 12/01/27: half of the world reads that as a day in December.
 */

/** `en` alone means the international order, day before month; `en-US` keeps its own. */
function intlLocale(locale: string): string {
  return locale === 'en' ? 'en-GB' : locale;
}

/** Making a formatter takes 50 times as long as using it; few are needed at a time. */
const formatters = new Map<string, Intl.DateTimeFormat>();
const keptFormatters = 100;

function formatterFor(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = locale + JSON.stringify(options);
  const known = formatters.get(key);
  if (known) return known;
  if (formatters.size >= keptFormatters) formatters.clear();
  const made = new Intl.DateTimeFormat(locale, options);
  formatters.set(key, made);
  return made;
}

function formatDay(instant: Date, locale: string, options: Intl.DateTimeFormatOptions): string {
  const parts = formatterFor(intlLocale(locale), options).formatToParts(instant);
  const dayFirst = parts.findIndex(({ type }) => type === 'day') < parts.findIndex(({ type }) => type === 'month');
  return parts
    .map(({ type, value }, index) => {
      // ICU puts a comma after an English weekday also where the day comes first; nobody writes it so.
      const afterWeekday = type === 'literal' && parts[index - 1]?.type === 'weekday';
      return afterWeekday && dayFirst && locale.startsWith('en') ? ' ' : value;
    })
    .join('');
}

const fullDay: Intl.DateTimeFormatOptions = { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' };

/** `2027-01-12` as "Tuesday 12 January 2027". */
export function writeDate(date: string, locale: string): string {
  return formatDay(new Date(`${date}T00:00:00Z`), locale, { ...fullDay, timeZone: 'UTC' });
}

/** `2027-01-12` as "12 January": only beside the full date. */
export function writeShortDate(date: string, locale: string): string {
  return formatDay(new Date(`${date}T00:00:00Z`), locale, { day: 'numeric', month: 'long', timeZone: 'UTC' });
}

/** A date whose words are as long as any date's, full and short: what fits with it fits on every day. */
export function findLongestDate(locale: string): string {
  let longest = { date: '', length: 0 };
  for (let month = 1; month <= 12; month += 1) {
    for (let day = 22; day <= 28; day += 1) {
      const date = `2027-${String(month).padStart(2, '0')}-${day}`;
      const { length } = [...writeDate(date, locale)];
      if (length > longest.length) longest = { date, length };
    }
  }
  return longest.date;
}

function writeTimeOf(instant: Date, zone: string, locale: string): string {
  if (locale === 'nl' || locale.startsWith('nl-')) {
    const parts = formatterFor('nl', { hour: 'numeric', minute: '2-digit', hourCycle: 'h23', timeZone: zone });
    const read = Object.fromEntries(parts.formatToParts(instant).map(({ type, value }) => [type, value]));
    return `${Number(read.hour)}.${read.minute} uur`;
  }
  return formatterFor(intlLocale(locale), { timeStyle: 'short', timeZone: zone }).format(instant);
}

/** `09:00` as "09:00", "9.00 uur", "9:00 AM". */
export function writeTime(time: string, locale: string): string {
  return writeTimeOf(new Date(`2027-01-01T${time}:00Z`), 'UTC', locale);
}

/** An instant on the wall clock of `zone`. */
export function writeInstant(instant: Date, zone: string, locale: string): { date: string; time: string } {
  return {
    date: formatDay(instant, locale, { ...fullDay, timeZone: zone }),
    time: writeTimeOf(instant, zone, locale),
  };
}
