/** From `at` on (seconds since 1970), clocks show so many seconds more than UTC. */
export interface ClockRule {
  at: number;
  offset: number;
}

/**
 * The rules of one zone from a compiled file of the tz database, in order; the first holds from the beginning.
 * After the last change in the file its footer goes on, here to the end of 2037. Format: RFC 9636, version 2 and later.
 */
export function readTzif(file: Buffer): ClockRule[] {
  if (file.toString('latin1', 0, 4) !== 'TZif' || (file[4] ?? 0) < 0x32)
    throw new Error('not TZif of version 2 or later');
  const first = readCounts(file, 0);
  const start = 44 + first.times * 5 + first.types * 6 + first.letters + first.leaps * 8 + first.flags;
  const { times, types, letters, leaps, flags } = readCounts(file, start);
  const timesAt = start + 44;
  const typesAt = timesAt + times * 9;
  const offsetOf = (type: number) => file.readInt32BE(typesAt + type * 6);
  const rules: ClockRule[] = [{ at: Number.NEGATIVE_INFINITY, offset: offsetOf(0) }];
  for (let index = 0; index < times; index += 1) {
    const at = Number(file.readBigInt64BE(timesAt + index * 8));
    rules.push({ at, offset: offsetOf(file[timesAt + times * 8 + index] ?? 0) });
  }
  const last = rules.at(-1)?.at ?? 0;
  const footer = file.toString('latin1', typesAt + types * 6 + letters + leaps * 12 + flags).trim();
  rules.push(...readFooter(footer).filter(({ at }) => at > last));
  return rules.filter(({ offset }, index) => offset !== rules[index - 1]?.offset);
}

function readCounts(file: Buffer, at: number) {
  const [universal = 0, standard = 0, leaps = 0, times = 0, types = 0, letters = 0] = [20, 24, 28, 32, 36, 40].map(
    (place) => file.readUInt32BE(at + place),
  );
  return { times, types, letters, leaps, flags: universal + standard };
}

/** `CET-1CEST,M3.5.0,M10.5.0/3`: POSIX's TZ, with the days of changes as month, week and weekday (5: the last). */
function readFooter(footer: string): ClockRule[] {
  const [names = '', begins, ends] = footer.split(',');
  const [, west = '', isSummer, summerWest] =
    /^(?:<[^>]+>|[A-Za-z]+)([-+\d:]+)(<[^>]+>|[A-Za-z]+)?([-+\d:]+)?$/.exec(names) ?? [];
  const standard = -readHours(west);
  if (isSummer === undefined || begins === undefined || ends === undefined) return [];
  const summer = summerWest === undefined ? standard + 3600 : -readHours(summerWest);
  const years = Array.from({ length: 138 }, (_, index) => 1900 + index);
  return years
    .flatMap((year) => [
      { at: findDay(year, begins) - standard, offset: summer },
      { at: findDay(year, ends) - summer, offset: standard },
    ])
    .sort((a, b) => a.at - b.at);
}

/** `-9:30` in seconds. */
function readHours(text: string): number {
  const [hours = 0, minutes = 0, seconds = 0] = text.replace(/^[-+]/, '').split(':').map(Number);
  return (text.startsWith('-') ? -1 : 1) * (hours * 3600 + minutes * 60 + seconds);
}

/** The local time of a change, in seconds as though it were UTC: `M10.5.0/3` is 03:00 on the last Sunday of October. */
function findDay(year: number, rule: string): number {
  const [, month, week, weekday, time = '2'] = /^M(\d+)\.(\d)\.(\d)(?:\/([-+\d:]+))?$/.exec(rule) ?? [];
  if (month === undefined) throw new Error(`a rule this reader does not know: ${rule}`);
  const first = new Date(Date.UTC(year, Number(month) - 1, 1));
  const days = new Date(Date.UTC(year, Number(month), 0)).getUTCDate();
  let day = 1 + ((Number(weekday) - first.getUTCDay() + 7) % 7) + (Number(week) - 1) * 7;
  if (day > days) day -= 7;
  return Date.UTC(year, Number(month) - 1, day) / 1000 + readHours(time);
}
