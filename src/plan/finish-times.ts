import type { OpenSpan } from '../campaign/plan.js';
import { moveIntoWindow } from './send-windows.js';

/** Mails that are due at one instant. */
export interface Load {
  key: string;
  sendAt: Date;
  count: number;
  /** In order, none overlapping another: nothing is sent outside them. Absent: any time from `sendAt` on. */
  windows?: readonly OpenSpan[];
  /** The first moment that is too late; only counted, it stops nothing. */
  dueBy?: Date;
}

export interface SenderLimits {
  /** Mails in any 60 seconds. */
  perMinute?: number;
  /** Mails in any 24 hours: each gives its place back 24 hours after it was sent. */
  perDay?: number;
}

export interface Finish {
  /** When the last one is sent; absent: its windows end before that. */
  at?: Date;
  /** Mails that are never sent. */
  left: number;
  /** Mails that go at `dueBy` or later, or never; 0 where there is no `dueBy`. */
  late: number;
}

const minuteMs = 60_000;
const minutesOfDay = 1440;

/**
 * When each load is through, all of them going by one sender. Who is due first goes first, and a later load gets what
 * the earlier ones leave; loads that are due at the same instant take turns, a mail each. Where a window is closed,
 * the others go on.
 *
 * A limit that is full is full again the moment places come back, so mails go in bursts: counted by whole minutes, as
 * many in each as the limits allow. 10,000 mails at 30 a minute from 09:00 are 334 bursts, the last at 14:33. For
 * instants that are whole minutes, as those of a plan are, that is exact; others are rounded up to the next. What is
 * not counted is how long the server takes to answer: a mail holds its place until then, and a second more, so each
 * second costs a minute in every hour. Without limits a load is through at its own instant, or when its window opens.
 *
 * Costs a step for every minute in which something is sent, whatever the number of mails.
 */
export function estimateFinishTimes(loads: readonly Load[], limits: SenderLimits): Map<string, Finish> {
  const { perMinute = Number.POSITIVE_INFINITY, perDay = Number.POSITIVE_INFINITY } = limits;
  if (!(perMinute >= 1 && perDay >= 1)) throw new Error(`not the limits of a sender: ${JSON.stringify(limits)}`);
  if (perMinute === Number.POSITIVE_INFINITY && perDay === Number.POSITIVE_INFINITY)
    return new Map(loads.map((load) => [load.key, finishAtOnce(load)]));
  const lines = loads.map(startLine);
  sendByMinutes(lines, { perMinute, perDay });
  return new Map(lines.map((line) => [line.load.key, finishOf(line)]));
}

function finishAtOnce({ sendAt, count, windows, dueBy }: Load): Finish {
  const at = count > 0 && windows ? moveIntoWindow(sendAt, windows) : sendAt;
  if (at === undefined) return { left: count, late: dueBy ? count : 0 };
  return { at, left: 0, late: dueBy && at >= dueBy ? count : 0 };
}

/** A load in the line at its sender. Instants are minutes since 1970. */
interface Line {
  load: Load;
  dueMs: number;
  /** Those that are not over, in order; `until` is the first minute outside. */
  spans: { from: number; until: number }[];
  dueBy: number;
  left: number;
  late: number;
  /** When its last mail so far was sent. */
  sentAt?: number;
  /** Of loads that are due together, whoever had the lowest turn comes first. */
  turn: number;
}

function toMinute(instant: Date): number {
  return Math.ceil(instant.getTime() / minuteMs);
}

function dueMinute(line: Line | undefined): number {
  return line ? toMinute(line.load.sendAt) : Number.POSITIVE_INFINITY;
}

function startLine(load: Load): Line {
  const from = toMinute(load.sendAt);
  const spans = load.windows
    ? load.windows.map((window) => ({ from: Math.max(from, toMinute(window.from)), until: toMinute(window.until) }))
    : [{ from, until: Number.POSITIVE_INFINITY }];
  return {
    load,
    dueMs: load.sendAt.getTime(),
    spans: spans.filter((span) => span.from < span.until),
    dueBy: load.dueBy ? toMinute(load.dueBy) : Number.POSITIVE_INFINITY,
    left: load.count,
    late: 0,
    turn: 0,
  };
}

function finishOf({ load, left, late, sentAt }: Line): Finish {
  if (left > 0) return { left, late: load.dueBy ? late + left : 0 };
  return { at: sentAt === undefined ? load.sendAt : new Date(sentAt * minuteMs), left, late };
}

/** Loads that are due together, in the order of their turns from `next` on and around. */
interface Queue {
  lines: Line[];
  next: number;
}

function sendByMinutes(lines: readonly Line[], { perMinute, perDay }: Required<SenderLimits>): void {
  const day = new Day(perDay);
  // The next one last; of those due together, the first of the list.
  const coming = [...lines].sort((a, b) => a.dueMs - b.dueMs).reverse();
  let waiting: Line[] = [];
  let queues: Queue[] = [];
  let minute = 0;
  let changesAt = dueMinute(coming.at(-1));
  let turn = 0;
  for (;;) {
    if (minute >= changesAt) {
      while (dueMinute(coming.at(-1)) <= minute) waiting.push(coming.pop() as Line);
      waiting = waiting.filter((line) => isAwaited(line, minute));
      ({ queues, changesAt } = lineUp(waiting, minute));
      changesAt = Math.min(changesAt, dueMinute(coming.at(-1)));
    }
    const room = Math.min(perMinute, day.roomAt(minute));
    if (queues.length === 0) {
      if (changesAt === Number.POSITIVE_INFINITY) return;
      minute = changesAt;
    } else if (room === 0) {
      minute = day.roomFrom();
    } else {
      const sent = sendBurst(queues, { minute, room, turn });
      turn += sent;
      day.note(sent);
      minute += 1;
    }
  }
}

/** Drops the spans that are over; without another, or with nothing left to send, nobody waits for this line. */
function isAwaited({ spans, left }: Line, minute: number): boolean {
  while (spans[0] && spans[0].until <= minute) spans.shift();
  return left > 0 && spans.length > 0;
}

/** Who may send in this minute, and when that may change by itself. */
function lineUp(waiting: readonly Line[], minute: number): { queues: Queue[]; changesAt: number } {
  const queues: Queue[] = [];
  let changesAt = Number.POSITIVE_INFINITY;
  let dueMs = Number.NaN;
  for (const line of waiting) {
    const span = line.spans[0];
    if (span === undefined) continue;
    changesAt = Math.min(changesAt, span.from > minute ? span.from : span.until);
    if (span.from > minute) continue;
    if (line.dueMs === dueMs) queues.at(-1)?.lines.push(line);
    else queues.push({ lines: [line], next: 0 });
    dueMs = line.dueMs;
  }
  for (const { lines } of queues) lines.sort((a, b) => a.turn - b.turn);
  return { queues, changesAt };
}

/** As many mails as there is room for, from the first queue on; answers how many. Queues that are through are dropped. */
function sendBurst(queues: Queue[], { minute, room, turn }: { minute: number; room: number; turn: number }): number {
  let sent = 0;
  for (let queue = queues[0]; queue && sent < room; queue = queues[0]) {
    const { lines } = queue;
    // As many rounds as everybody here can take part in; where there is not room for all, a mail each.
    const rounds = Math.floor((room - sent) / lines.length);
    const each = rounds <= 1 ? 1 : lines.reduce((least, { left }) => Math.min(least, left), rounds);
    for (let served = Math.min(lines.length, room - sent); served > 0; served -= 1) {
      const line = lines[queue.next] as Line;
      sent += each;
      line.turn = turn + sent;
      line.left -= each;
      line.sentAt = minute;
      if (minute >= line.dueBy) line.late += each;
      if (line.left === 0) lines.splice(queue.next, 1);
      else queue.next += 1;
      if (queue.next >= lines.length) queue.next = 0;
    }
    if (lines.length === 0) queues.shift();
  }
  return sent;
}

/** The mails of the last 24 hours, by the minute in which they went. */
class Day {
  readonly #limit: number;
  readonly #counts = new Float64Array(minutesOfDay);
  #minute = 0;
  #taken = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Mails that may go in this minute, which is no earlier than the one asked for before. */
  roomAt(minute: number): number {
    for (let each = Math.max(this.#minute + 1, minute - minutesOfDay + 1); each <= minute; each += 1) {
      this.#taken -= this.#counts[each % minutesOfDay] ?? 0;
      this.#counts[each % minutesOfDay] = 0;
    }
    this.#minute = minute;
    return this.#limit - this.#taken;
  }

  /** Takes places in the minute that was asked for. */
  note(sent: number): void {
    this.#counts[this.#minute % minutesOfDay] = sent;
    this.#taken += sent;
  }

  /** When the next places come back. */
  roomFrom(): number {
    let minute = this.#minute + 1;
    while (this.#counts[minute % minutesOfDay] === 0) minute += 1;
    return minute;
  }
}
