import type { Campaign } from '../campaign/campaign.js';
import type { StepDates } from '../campaign/plan.js';
import { compileStep } from '../render/compile-step.js';
import type { CompiledStep } from '../render/mail-content.js';
import type { CampaignStore } from './ports/campaign-store.js';
import type { ClaimStep, MessageLedger } from './ports/message-ledger.js';

export interface ReadyStep {
  campaign: Campaign;
  compiled: CompiledStep;
  dates: StepDates;
}

/** The mails of a step cannot be built, for nobody: trying again would change nothing. */
export class UnbuildableStep extends Error {}

type Wanted = Pick<ClaimStep, 'campaignId' | 'campaignVersion' | 'stepId' | 'groupKey'>;

/** Groups of up to 40 zones and 5 rings share few dates; beyond this the oldest go. */
const mostKept = 200;

/**
 * Compiled steps, kept by campaign version and by the dates that their mails name: compiling costs a second, filling a
 * mail some microseconds.
 */
export class StepTemplates {
  readonly #campaigns: CampaignStore;
  readonly #ledger: Pick<MessageLedger, 'datesOf'>;
  readonly #ready = new Map<string, Promise<ReadyStep>>();
  readonly #dates = new Map<string, Promise<StepDates>>();

  constructor(campaigns: CampaignStore, ledger: Pick<MessageLedger, 'datesOf'>) {
    this.#campaigns = campaigns;
    this.#ledger = ledger;
  }

  /** `toldDate`: of a launch that has moved, what the reader was told before. */
  async find(step: Wanted, toldDate?: string): Promise<ReadyStep> {
    const { campaignId, campaignVersion, stepId, groupKey } = step;
    const dates = await keep(this.#dates, `${campaignId} ${campaignVersion} ${groupKey}`, () =>
      this.#ledger.datesOf(groupKey),
    );
    const told = { ...dates, ...(toldDate !== undefined && { toldDate }) };
    return keep(this.#ready, `${campaignId} ${campaignVersion} ${stepId} ${Object.values(told).join(' ')}`, () =>
      this.#compile(step, told),
    );
  }

  /** Compile what is being sent or will be within the hour, so that the first mail does not wait for it. */
  async warm(now: Date): Promise<void> {
    const soon = now.getTime() + 3_600_000;
    for (const { id } of await this.#campaigns.list()) {
      const groups = await this.#campaigns.groups(id);
      const near = groups.filter(({ sendAt, expiresAt, kind, people }) => {
        return people > 0 && sendAt.getTime() <= soon && expiresAt > now && kind !== 'launch-moved';
      });
      if (near.length === 0) continue;
      const campaignVersion = (await this.#campaigns.find(id))?.version ?? 0;
      for (const { id: stepId, key: groupKey } of near.slice(0, mostKept))
        await this.find({ campaignId: id, campaignVersion, stepId, groupKey });
    }
  }

  async #compile({ campaignId, stepId }: Wanted, dates: StepDates): Promise<ReadyStep> {
    const applied = await this.#campaigns.find(campaignId);
    if (!applied) throw new Error(`campaign "${campaignId}" is not in the database`);
    const { definition: campaign, content } = applied;
    try {
      return { campaign, dates, compiled: await compileStep({ campaign, step: stepId, dates, content }) };
    } catch (error) {
      throw new UnbuildableStep((error as Error).message, { cause: error });
    }
  }
}

function keep<Value>(kept: Map<string, Promise<Value>>, key: string, make: () => Promise<Value>): Promise<Value> {
  const known = kept.get(key);
  if (known) return known;
  const [oldest] = kept.keys();
  if (oldest !== undefined && kept.size >= mostKept) kept.delete(oldest);
  const made = make();
  // A failure is not kept: the database may answer next time.
  made.catch(() => kept.delete(key));
  kept.set(key, made);
  return made;
}
