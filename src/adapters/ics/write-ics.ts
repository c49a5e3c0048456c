import ICAL from 'ical.js';

/** One entry of a calendar; without `end` a moment, which calendars show as one. */
export interface IcsEvent {
  /** The same for the same thing: an importing calendar then replaces what it has. */
  uid: string;
  start: Date;
  end?: Date;
  summary: string;
  /** May have several lines. */
  description: string;
}

/** RFC 5545 3.1 allows 75 octets a line; the library counts a continued line without the space that it begins with. */
const mostOctets = 74;
// Everything but line breaks and tabs: RFC 5545 3.3.11 leaves controls out of a text.
// biome-ignore lint/suspicious/noControlCharactersInRegex: removing them is the point
const controls = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u2028\u2029]/g;

/**
 * A calendar file (RFC 5545) with these events, in UTC to the second. `now` is when it was written; the same events at
 * the same time give the same bytes.
 */
export function writeIcs(events: readonly IcsEvent[], now: Date): string {
  const calendar = new ICAL.Component('vcalendar');
  calendar.addPropertyWithValue('version', '2.0');
  calendar.addPropertyWithValue('prodid', '-//Fanfare//Plan//EN');
  for (const { uid, start, end, summary, description } of events) {
    const event = new ICAL.Component('vevent');
    event.addPropertyWithValue('uid', cleanLines(uid));
    event.addPropertyWithValue('dtstamp', ICAL.Time.fromJSDate(now, true));
    event.addPropertyWithValue('dtstart', ICAL.Time.fromJSDate(start, true));
    if (end) event.addPropertyWithValue('dtend', ICAL.Time.fromJSDate(end, true));
    event.addPropertyWithValue('summary', cleanLines(summary));
    event.addPropertyWithValue('description', cleanLines(description));
    calendar.addSubcomponent(event);
  }
  ICAL.foldLength = mostOctets;
  return `${calendar.toString()}\r\n`;
}

function cleanLines(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(controls, '')
    .replace(/\p{Cs}/gu, '\ufffd');
}
