import { parseAddress } from '../audience/address.js';
import { readRecipients } from '../audience/read-recipients.js';
import type { Table } from '../audience/table.js';
import type { Campaign } from '../campaign/campaign.js';
import { guessWord } from '../campaign/guess-word.js';
import type { PlannedStep } from '../campaign/plan.js';
import { BadInput } from '../campaign/problem.js';
import type { Recipient } from '../campaign/recipient.js';
import { planCampaign } from '../plan/plan-campaign.js';
import { compileStep } from '../render/compile-step.js';
import { logoContentId, type MailContent } from '../render/mail-content.js';
import { composeMessage } from '../send/compose-message.js';
import { createMessageId } from '../send/message-id.js';

/** One mail as one person would get it. */
export interface MailPreview {
  locale: string;
  subject: string;
  previewText: string;
  /** With the logo inside, so that a browser shows it. */
  html: string;
  text: string;
  /** The message as it goes over the wire. */
  eml: string;
}

/** A Message-ID of a preview is nobody's: previews are not sent. */
const previewSecret = Buffer.from('preview');

/** Names compared with one that nobody has; some 10 ms. */
const namesToGuessFrom = 10_000;

/**
 * Render one step for one person of the list.
 * @throws BadInput where the step or the person is not there, or the mail cannot be built
 */
export async function previewMail(
  input: { campaign: Campaign; content: MailContent; step: string; person: string; recipients: Table },
  now: Date,
): Promise<MailPreview> {
  const { campaign, content, step, recipients } = input;
  const plan = planCampaign(campaign);
  const planned = plan.steps.find(({ id }) => id === step);
  if (!planned) refuseStep(step, plan.steps);
  const compiled = await compileStep({ campaign, plan, step, content });
  refuseMissingColumns(step, compiled.attributes, recipients);
  const person = await findPerson(input.person, recipients, campaign);
  const address = person.address ?? '';
  // Shown as on the day it goes out, with data that is one hour old.
  const asOf = new Date(planned.sendAt.getTime() - 3_600_000);
  const facts = { ...person, address };
  const filled = compiled.fill(facts, { asOf });
  const { subject, entity } = compiled.fillEntity(facts, { asOf });
  const messageId = createMessageId(previewSecret, {
    campaignId: campaign.id,
    stepId: step,
    personKey: person.personKey,
    senderAddress: campaign.sender.address,
  });
  return {
    ...filled,
    html: filled.html.replaceAll(
      `cid:${logoContentId}`,
      `data:${content.logo.contentType};base64,${content.logo.base64}`,
    ),
    eml: composeMessage({ campaign, recipient: facts, subject, entity, messageId, datedAt: now }),
  };
}

/** @throws BadInput where a mail shows a column that the list does not have */
export function refuseMissingColumns(
  step: string,
  attributes: readonly string[],
  { file, header, headerLine }: Table,
): void {
  const missing = attributes.filter((name) => !header.includes(name));
  if (missing.length === 0) return;
  throw new BadInput(
    missing.map((name) => ({
      ...{ file, line: headerLine },
      message: `has no column "${name}", which the mail of step ${step} shows as {{attributes.${name}}}`,
      hint: `columns: ${header.join(', ')}`,
    })),
  );
}

function refuseStep(step: string, planned: readonly PlannedStep[]): never {
  const names = planned.map(({ id }) => id);
  const guess = guessWord(step, names);
  const all = `steps: ${names.join(', ')}`;
  throw new BadInput([
    {
      field: '--step',
      message: `there is no step "${step}"`,
      hint: guess === undefined ? all : `did you mean "${guess}"? ${all}`,
    },
  ]);
}

async function findPerson(wanted: string, recipients: Table, campaign: Campaign): Promise<Recipient> {
  const parsed = parseAddress(wanted);
  const key = 'key' in parsed ? parsed.key : undefined;
  const signIn = wanted.trim().toLowerCase();
  let rows = 0;
  const names: string[] = [];
  for await (const row of readRecipients(recipients, campaign.audience)) {
    rows += 1;
    if ('reject' in row) {
      if (!row.cells.some((cell) => cell.trim().toLowerCase() === signIn)) continue;
      throw new BadInput([row.reject]);
    }
    const { recipient } = row;
    if (recipient.personKey !== key && recipient.userPrincipalName !== signIn) {
      if (names.length < namesToGuessFrom)
        names.push(...[recipient.address, recipient.userPrincipalName].filter((name) => name !== undefined));
      continue;
    }
    if (!recipient.leftOut) return recipient;
    throw new BadInput([
      { file: recipients.file, line: row.line, message: `this person gets no mail: ${recipient.leftOut}` },
    ]);
  }
  const guess = guessWord(signIn, names);
  const among = rows === 1 ? 'the one row' : `any of the ${rows.toLocaleString('en-GB')} rows`;
  throw new BadInput([
    {
      field: '--recipient',
      message: `"${wanted}" is not the mail address or sign-in name of ${among} of ${recipients.file}`,
      hint: guess === undefined ? 'give one that is in the list' : `did you mean "${guess}"?`,
    },
  ]);
}
