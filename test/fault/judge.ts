import type { MessageState } from '../../src/campaign/message.js';
import type { Finding } from './fault-row.js';
import type { SunkMail } from './sink.js';
import type { Stage } from './stage.js';

export interface Expectation {
  /** What the receiving server has written down, where that is not the stage's sink. */
  mails?: SunkMail[];
  /** People whose mail the server refuses for good; exactly these fail. */
  failed?: ReadonlySet<string>;
  /** Messages that somebody cancels may stay unsent. */
  cancelled?: boolean;
  /** People who are registered, gone or doubled may get nothing. */
  suppressed?: boolean;
}

/**
 * Hold what the server took against what our books say of every person. The server is the judge: a person whom the
 * books call sent and who is not in its log is lost; one in its log whom the books call failed is a false word.
 */
export async function judge(stage: Stage, expectation: Expectation = {}): Promise<Finding> {
  await stage.untilSettled();
  const mails = expectation.mails ?? (await stage.sink.mails());
  const byPerson = groupByPerson(mails);
  const books: Array<{ address: string; state: MessageState }> = [];
  for await (const { address, state } of stage.stores.reports.messages('test')) books.push({ address, state });
  const complaints = books.flatMap(({ address, state }) =>
    complainAbout(state, {
      delivered: byPerson.has(address),
      ...expectation,
      refused: expectation.failed?.has(address),
    }),
  );
  if (books.length !== stage.people) complaints.push(`the books hold ${books.length} messages of ${stage.people}`);
  for (const mail of mails) if (mail.headerTo !== mail.to) complaints.push('a mail reached somebody else');
  for (const copies of byPerson.values()) {
    const versions = new Set(copies.map(({ messageId, date }) => `${messageId} ${date}`));
    if (versions.size > 1) complaints.push('a duplicate differs in Message-ID or Date');
  }
  return {
    lost: books.filter(({ address, state }) => state === 'sent' && !byPerson.has(address)).length,
    duplicated: mails.length - byPerson.size,
    uncertain: books.filter(({ state }) => state === 'uncertain').length,
    complaints: tally(complaints),
  };
}

/** What our books say of one message, against what the server knows of it. */
function complainAbout(
  state: MessageState,
  {
    delivered,
    refused = false,
    cancelled = false,
    suppressed = false,
  }: { delivered: boolean; refused?: boolean | undefined; cancelled?: boolean; suppressed?: boolean },
): string[] {
  const complaints: string[] = [];
  if (delivered && state !== 'sent' && state !== 'uncertain')
    complaints.push(`a message that was delivered is told as ${state}`);
  if (state === 'failed' && !refused) complaints.push('a message failed that need not');
  if (state !== 'failed' && refused) complaints.push(`a refused message is told as ${state}`);
  if (state === 'suppressed' && !suppressed) complaints.push('a message was suppressed without a reason');
  if (state === 'cancelled' && !cancelled) complaints.push('a message was cancelled by nobody');
  return complaints;
}

function groupByPerson(mails: SunkMail[]): Map<string, SunkMail[]> {
  const groups = new Map<string, SunkMail[]>();
  for (const mail of mails) {
    const group = groups.get(mail.to);
    if (group) group.push(mail);
    else groups.set(mail.to, [mail]);
  }
  return groups;
}

/** Each sentence once, with how often it was said. */
function tally(sentences: string[]): string[] {
  const counts = new Map<string, number>();
  for (const sentence of sentences) counts.set(sentence, (counts.get(sentence) ?? 0) + 1);
  return [...counts].map(([sentence, count]) => (count > 1 ? `${sentence} (${count} times)` : sentence));
}
