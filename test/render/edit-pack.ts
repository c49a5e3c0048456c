import { BadInput } from '../../src/campaign/problem.js';
import { compileStep } from '../../src/render/compile-step.js';
import type { MailContent } from '../../src/render/mail-content.js';
import { sampleCampaign, sampleContent, sampleDates } from './sspr-mail.js';

/** In a file of the pack, what is found is replaced once. */
export type Edit = readonly [file: string, found: string, written: string];

export function editContent(edits: readonly Edit[]): MailContent {
  const files = { ...sampleContent.files };
  for (const [file, found, written] of edits) {
    const text = files[file] ?? '';
    if (!text.includes(found)) throw new Error(`${file} has no ${found}`);
    files[file] = text.replace(found, () => written);
  }
  return { ...sampleContent, files };
}

/** What is said of the Available Now mail, or another, on the launch date. */
export async function problemsOf(
  content: MailContent,
  step = 'available-now',
  campaign = sampleCampaign,
): Promise<string> {
  const outcome = await compileStep({ campaign, step, dates: sampleDates['available-now'], content }).catch(
    (error: unknown) => error,
  );
  if (!(outcome instanceof BadInput)) throw new Error(`not refused: ${String(outcome)}`);
  return outcome.message;
}
