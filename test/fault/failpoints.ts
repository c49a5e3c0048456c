import type { Alteration } from './altered-build.js';

/** Places in a worker where it can be told to die or to be busy, in the order in which a message comes by. */
export type Failpoint = 'before-claim' | 'after-claim' | 'before-dot' | 'after-dot' | 'after-250' | 'after-commit';

/** In the altered build: whether this process is armed for the point, and has now come by so often. */
const reached = (point: string) =>
  `process.env.FAULT_POINT === '${point}' && (globalThis.cameBy = (globalThis.cameBy ?? 0) + 1) === Number(process.env.FAULT_TIME)`;
const die = `process.kill(process.pid, 'SIGKILL')`;
const dieAt = (point: Failpoint) => `if (${reached(point)}) ${die};`;
/** Nothing else runs in the process meanwhile, no timer and no socket. */
const blockAt = (point: string) =>
  `if (${reached(point)}) {
    process.stdout.write('busy from now on\\n');
    for (const since = performance.now(); performance.now() - since < Number(process.env.FAULT_MS););
  }`;

/** Armed, one claim at a time, to its last answer: so that nothing else is on its way when the point is reached. */
const oneClaim: readonly Alteration[] = [
  {
    file: 'engine/deliver.js',
    text: 'const claimsAtOnce = 2;',
    becomes: 'const claimsAtOnce = process.env.FAULT_CLAIMS ? 1 : 2;',
  },
  {
    file: 'engine/deliver-claim.js',
    text: 'toBegin.size === 0)',
    becomes: 'toBegin.size === 0 && !process.env.FAULT_CLAIMS)',
  },
];

export const failpoints: readonly Alteration[] = [
  ...oneClaim,
  {
    file: 'engine/deliver.js',
    text: 'const claim = await ledger.claim(',
    becomes: `${dieAt('before-claim')} const claim = await ledger.claim(`,
  },
  {
    file: 'engine/deliver.js',
    text: 'leases.keep(claim.leaseId, claimedAt);',
    becomes: `leases.keep(claim.leaseId, claimedAt); ${dieAt('after-claim')}`,
  },
  {
    // Half a body is written before the process ends; or all of it with its dot, and no answer is read.
    file: 'adapters/smtp/smtp-body.js',
    text: 'this.#onBegin();',
    becomes: `this.#onBegin();
      if (${reached('before-dot')}) {
        target.push(Buffer.from(this.#raw.slice(0, this.#raw.length / 2), 'latin1'));
        setImmediate(() => ${die});
        return;
      }
      if (${reached('after-dot')}) setImmediate(() => ${die});`,
  },
  {
    file: 'engine/deliver-claim.js',
    text: 'const scope = judgeAnswer(answer);',
    becomes: `${dieAt('after-250')} const scope = judgeAnswer(answer);`,
  },
  {
    file: 'engine/hand-over.js',
    text: 'for (const { verdict: _, done } of verdicts)',
    becomes: `if (verdicts.length > 0) { ${dieAt('after-commit')} }
      for (const { verdict: _, done } of verdicts)`,
  },
];

export const busyLoops: readonly Alteration[] = [
  ...oneClaim,
  {
    file: 'engine/deliver.js',
    text: 'leases.keep(claim.leaseId, claimedAt);',
    becomes: `leases.keep(claim.leaseId, claimedAt); ${blockAt('claimed')}`,
  },
  {
    file: 'engine/deliver-claim.js',
    text: 'const scope = judgeAnswer(answer);',
    becomes: `${blockAt('in-flight')} const scope = judgeAnswer(answer);`,
  },
];
