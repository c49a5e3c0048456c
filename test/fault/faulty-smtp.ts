import { setTimeout as sleep } from 'node:timers/promises';
import { openScriptedSmtp, type ScriptedSmtp } from '../rig/scripted-smtp.js';
import type { Offer, SmtpScript } from '../rig/smtp-script.js';
import type { Finding } from './fault-row.js';
import { type Expectation, judge } from './judge.js';
import { seedRandom } from './random.js';
import { readAccepted, type SunkMail } from './sink.js';
import { inFlight, type Stage } from './stage.js';
import { complainAboutEnds } from './watch.js';

/** A receiving server that fails as a row wants, and writes down what it was offered and what it kept. */
export interface FaultySmtp extends ScriptedSmtp {
  /** For a worker: a connection for each mail in flight. */
  workerUrl: string;
  mails(): SunkMail[];
  /** Every mail offered, kept or not, by the engine's clock. */
  offers: Array<{ to: string; at: number }>;
  /** Hand-overs that got no answer which says what became of them. */
  unanswered: Array<{ to: string; kept: boolean }>;
  /** Until it has kept so many mails. @throws Error where it does not within two minutes */
  untilKept(count: number): Promise<void>;
}

/** Opens it for one run; the script may be changed while it runs. */
export async function openFaultySmtp(stage: Stage, script: SmtpScript): Promise<FaultySmtp> {
  const offers: FaultySmtp['offers'] = [];
  const unanswered: FaultySmtp['unanswered'] = [];
  // What the script says at the moment counts: it stays reachable behind the watch.
  const watched: SmtpScript = Object.assign(Object.create(script), {
    rcpt(offer: Offer) {
      offers.push({ to: offer.to, at: Date.now() + stage.server.aheadMs() });
      return script.rcpt?.(offer) ?? '250 2.1.5 ok';
    },
    dot(offer: Offer) {
      const reaction = script.dot?.(offer) ?? '250 2.0.0 accepted';
      // As long as this nobody reads it.
      const isAnswer = /^[245]\d\d[ -]/.test(reaction) && reaction.length < 1_000_000;
      if (!isAnswer) {
        const kept = script.keeps?.(offer) ?? reaction === 'drop-accepted';
        unanswered.push({ to: offer.to, kept });
      }
      return reaction;
    },
  } satisfies SmtpScript);
  const smtp = await openScriptedSmtp(watched);
  stage.alsoClose(() => smtp.close());
  return {
    ...smtp,
    workerUrl: `${smtp.url}?connections=${inFlight}&inFlight=${inFlight}`,
    ...{ offers, unanswered },
    mails: () => readAccepted(smtp.accepted),
    async untilKept(count) {
      const since = performance.now();
      while (smtp.accepted.length < count) {
        if (performance.now() - since > 120_000) throw new Error(`the server kept only ${smtp.accepted.length} mails`);
        await sleep(20);
      }
    },
  };
}

/** What `share` of the mails a fault hits, told by the seed: the same people at the same try when a seed is replayed. */
export function isHit(stage: Stage, { to, attempt }: Offer, share: number): boolean {
  return drawFor(stage, { to, attempt }) < share;
}

/** From 0 to below 1, for one try of one person's mail. */
export function drawFor(stage: Stage, { to, attempt }: Pick<Offer, 'to' | 'attempt'>, salt = 0): number {
  const number = Number(/\d+/.exec(to)?.[0] ?? 0);
  return seedRandom(stage.seed * 1_000_003 + number * 101 + attempt * 7 + salt)();
}

/**
 * Until nothing is on its way any more. Where all that is left waits for minutes, the clock jumps there.
 * @throws Error where that does not happen in time
 */
export async function settleQuickly(stage: Stage, seconds = 300): Promise<void> {
  const since = performance.now();
  for (;;) {
    const { rows } = await stage.stores.pool.query<{ left: number; busy: number; wait: number }>(
      `SELECT count(*) AS left, count(*) FILTER (WHERE state <> 'waiting') AS busy,
              extract(epoch FROM min(due_at) - clock_timestamp())::float8 AS wait
       FROM messages WHERE state IN ('waiting', 'claimed', 'sending')`,
    );
    const { left = 0, busy = 0, wait = 0 } = rows[0] ?? {};
    const step = await stage.count();
    if (left === 0 && step.audience > 0) return;
    if (busy === 0 && wait > 8) stage.server.jumpAhead(wait);
    if (performance.now() - since > seconds * 1000)
      throw new Error(`nothing settled within ${seconds} s: ${JSON.stringify(step)}`);
    await sleep(200);
  }
}

/** Until the engine has paused its sender, or until it no longer tries again by itself; and why. */
export async function untilPaused(
  { stores }: Stage,
  { forGood = false } = {},
): Promise<{ because: string; probes: boolean }> {
  for (let attempt = 0; attempt < 1_200; attempt += 1) {
    const { rows } = await stores.pool.query<{ because: string; probes: boolean }>(
      'SELECT because, probe_at IS NOT NULL AS probes FROM paused_senders',
    );
    if (rows[0] && !(forGood && rows[0].probes)) return rows[0];
    await sleep(50);
  }
  throw new Error('the sender was not paused within a minute');
}

/** Let everything come to its end, and hold it against what this server kept. */
export async function judgeBy(
  stage: Stage,
  smtp: FaultySmtp,
  { complaints = [], ...expectation }: Omit<Expectation, 'mails'> & { complaints?: string[] } = {},
): Promise<Finding> {
  await settleQuickly(stage);
  const finding = await judge(stage, { ...expectation, mails: smtp.mails() });
  const unknown = await complainAboutUnknown(stage, smtp, finding.duplicated);
  const astray = await stage.sink.count();
  if (astray > 0) unknown.push(`${astray} mails went to another server`);
  return {
    ...finding,
    unanswered: smtp.unanswered.length,
    complaints: [...finding.complaints, ...unknown, ...complaints, ...complainAboutEnds(stage)],
  };
}

/** Uncertain is exactly whoever was left without an answer: at all, or again after the one repeat. */
async function complainAboutUnknown(
  { stores, policy }: Stage,
  { unanswered }: FaultySmtp,
  duplicated: number,
): Promise<string[]> {
  const times = new Map<string, number>();
  for (const { to } of unanswered) times.set(to, (times.get(to) ?? 0) + 1);
  const enough = policy === 'park' ? 1 : 2;
  const expected = new Set([...times].filter(([, count]) => count >= enough).map(([to]) => to));
  const told = new Set<string>();
  for await (const { address, state } of stores.reports.messages('test')) if (state === 'uncertain') told.add(address);
  const missing = [...expected].filter((to) => !told.has(to)).length;
  const invented = [...told].filter((to) => !expected.has(to)).length;
  const kept = unanswered.filter((each) => each.kept).length;
  return [
    ...(missing > 0 ? [`${missing} of ${expected.size} whose fate nobody knows are not told as uncertain`] : []),
    ...(invented > 0 ? [`${invented} are told as uncertain though the server had answered`] : []),
    ...(duplicated > kept ? [`${duplicated} duplicated, but only ${kept} were kept without an answer`] : []),
  ];
}
