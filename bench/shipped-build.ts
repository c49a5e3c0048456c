/**
 * The build in `dist/`, typed by its sources: what is measured is what people run, and its folders (templates,
 * migrations) are where it looks for them.
 */
const dist = new URL('../../dist/', import.meta.url);

async function load<Module>(path: string): Promise<Module> {
  return (await import(new URL(path, dist).href)) as Module;
}

export const mainFile = new URL('main.js', dist);
export const exampleCampaign = new URL('../config/campaigns/sspr.yaml', dist);

export const { compose } = await load<typeof import('../src/compose.js')>('compose.js');
export const { readConfig } = await load<typeof import('../src/config.js')>('config.js');
export const { planCampaign } = await load<typeof import('../src/plan/plan-campaign.js')>('plan/plan-campaign.js');
export const { listSettings } = await load<typeof import('../src/engine/step-settings.js')>('engine/step-settings.js');
export const { dispatchDueSteps } = await load<typeof import('../src/engine/dispatch.js')>('engine/dispatch.js');
export const { compileStep } = await load<typeof import('../src/render/compile-step.js')>('render/compile-step.js');
export const { composeMessage } =
  await load<typeof import('../src/send/compose-message.js')>('send/compose-message.js');
