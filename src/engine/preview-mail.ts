import { createPlacer } from '../audience/place-person.js';
import type { Table } from '../audience/table.js';
import type { Campaign } from '../campaign/campaign.js';
import { guessWord } from '../campaign/guess-word.js';
import type { PlannedStep } from '../campaign/plan.js';
import { BadInput } from '../campaign/problem.js';
import type { Calendar } from '../plan/calendar.js';
import { planCampaign } from '../plan/plan-campaign.js';
import { compileStep } from '../render/compile-step.js';
import { logoContentId, type MailContent } from '../render/mail-content.js';
import { composeMessage } from '../send/compose-message.js';
import { createMessageId } from '../send/message-id.js';
import { exampleDates } from './apply-campaign.js';
import { confirmByOf } from './confirm-by.js';
import { findPerson } from './find-person.js';
import type { CampaignLists } from './ports/campaign-store.js';

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

/**
 * Render one step for one person of the list.
 * @throws BadInput where the step or the person is not there, or the mail cannot be built
 */
export async function previewMail(
  input: {
    campaign: Campaign;
    content: MailContent;
    lists: CampaignLists;
    calendar: Calendar;
    step: string;
    person: string;
    recipients: Table;
  },
  now: Date,
): Promise<MailPreview> {
  const { campaign, content, lists, calendar, step, recipients } = input;
  if (!campaign.steps.some(({ id }) => id === step)) refuseStep(step, campaign.steps);
  const person = await findPerson(input.person, recipients, campaign, '--recipient');
  // In the person's own ring, zone and calendar.
  const { placement } = createPlacer(campaign, recipients.header, lists.rings)(person);
  const group = { ring: placement.ring, tranche: 0, zone: placement.zone, place: placement.place };
  const plan = planCampaign(campaign, { calendar, groups: [group] });
  const planned = plan.steps.find(({ id }) => id === step) as PlannedStep;
  const compiled = await compileStep({ campaign, step, dates: exampleDates(planned), content });
  refuseMissingColumns(step, compiled.attributes, recipients);
  const address = person.address ?? '';
  // Shown as on the day it goes out, with data that is one hour old.
  const asOf = new Date(planned.sendAt.getTime() - 3_600_000);
  const facts = { ...person, address };
  // Somebody who registered on the launch date.
  const moment = { asOf, confirmBy: confirmByOf(new Date(`${planned.launchDate}T12:00:00Z`), campaign) };
  const filled = compiled.fill(facts, moment);
  const { subject, entity } = compiled.fillEntity(facts, moment);
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

function refuseStep(step: string, planned: ReadonlyArray<{ id: string }>): never {
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
