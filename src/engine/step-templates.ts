import type { Campaign } from '../campaign/campaign.js';
import { compileStep } from '../render/compile-step.js';
import type { CompiledStep } from '../render/mail-content.js';
import type { CampaignStore } from './ports/campaign-store.js';
import type { ClaimStep } from './ports/message-ledger.js';

export interface ReadyStep {
  campaign: Campaign;
  compiled: CompiledStep;
}

/** The mails of a step cannot be built, for nobody: trying again would change nothing. */
export class UnbuildableStep extends Error {}

/** Compiled steps, kept by campaign version: compiling costs a second, filling a mail some microseconds. */
export class StepTemplates {
  readonly #campaigns: CampaignStore;
  readonly #ready = new Map<string, Promise<ReadyStep>>();

  constructor(campaigns: CampaignStore) {
    this.#campaigns = campaigns;
  }

  find(step: Pick<ClaimStep, 'campaignId' | 'campaignVersion' | 'stepId'>): Promise<ReadyStep> {
    const key = `${step.campaignId} ${step.campaignVersion} ${step.stepId}`;
    let ready = this.#ready.get(key);
    if (!ready) {
      if (this.#ready.size >= 50) this.#ready.clear();
      ready = this.#compile(step);
      // A failure is not kept: the database may answer next time.
      ready.catch(() => this.#ready.delete(key));
      this.#ready.set(key, ready);
    }
    return ready;
  }

  /** Compile what is being sent or will be within the hour, so that the first mail does not wait for it. */
  async warm(now: Date): Promise<void> {
    const soon = now.getTime() + 3_600_000;
    for (const { id } of await this.#campaigns.list()) {
      const steps = await this.#campaigns.steps(id);
      const near = steps.filter(({ sendAt, expiresAt }) => sendAt.getTime() <= soon && expiresAt > now);
      if (near.length === 0) continue;
      const campaignVersion = (await this.#campaigns.find(id))?.version ?? 0;
      for (const step of near) await this.find({ campaignId: id, campaignVersion, stepId: step.id });
    }
  }

  async #compile({ campaignId, stepId }: Pick<ClaimStep, 'campaignId' | 'stepId'>): Promise<ReadyStep> {
    const applied = await this.#campaigns.find(campaignId);
    if (!applied) throw new Error(`campaign "${campaignId}" is not in the database`);
    const { definition: campaign, plan, content } = applied;
    try {
      return { campaign, compiled: await compileStep({ campaign, plan, step: stepId, content }) };
    } catch (error) {
      throw new UnbuildableStep((error as Error).message, { cause: error });
    }
  }
}
