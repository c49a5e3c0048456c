import type { UncertainPolicy } from '../../src/campaign/message.js';
import type { QueueBackend } from '../rig/queue-backends.js';
import type { Alteration } from './altered-build.js';
import type { Stage } from './stage.js';

export type Queue = QueueBackend['name'];

/** So many, or as many as the server left without an answer after the final dot. */
export type Limit = number | 'unanswered';

/** What must hold after a fault, by policy: a mail whose fate nobody knows is sent once more, or parked. */
export interface Bar {
  /** Mails that somebody got twice, at most, in one run. */
  duplicated: Record<UncertainPolicy, Limit>;
  /** Messages told as uncertain, at most, in one run. */
  uncertain: Record<UncertainPolicy, Limit>;
  recoverSeconds?: number;
}

/** One line of the fault matrix. */
export interface FaultRow {
  /** As in the matrix; a letter tells its variants apart: `3d`. */
  row: string;
  title: string;
  /** Times it is run, each with a seed of its own, taking queues and policies in turn. */
  runs: number;
  /** Both where they differ; otherwise PostgreSQL alone. */
  queues: readonly Queue[];
  policies: readonly UncertainPolicy[];
  bar: Bar;
  /** Recipients; 10,000 where it is left out. */
  people?: number;
  /** Belongs to the short selection that runs before every landing. */
  short?: boolean;
  /** Of a worker; where it is left out, 30 s in the first run of every combination and 4 s in its repetitions. */
  leaseSeconds?: number;
  /** For faults that only code can cause: it runs on a build altered so, and arms the processes it means by their environment. */
  alterations?: readonly Alteration[];
  /** Why it cannot be run on this system: then it is left out aloud. Absent: it can. */
  impossible?(): string | undefined;
  /** Must fail on a build whose claim fence is taken out. */
  needsFence?: boolean;
  /** Break something, and judge it. @throws Error where what must hold does not */
  perform(stage: Stage): Promise<Finding>;
}

/** What became of one run, judged by what the receiving server wrote down. */
export interface Finding {
  /** People who are told to have the mail, or are told nothing about, and do not have it. */
  lost: number;
  /** Mails that came once more. */
  duplicated: number;
  uncertain: number;
  /** Hand-overs that the server left without an answer, where it counts them. */
  unanswered?: number;
  /** Seconds until everything that the fault touched went on. */
  recoverSeconds?: number;
  /** Sentences about whatever else must never be. */
  complaints: string[];
}

export const bothQueues: readonly Queue[] = ['postgres', 'redis'];
export const bothPolicies: readonly UncertainPolicy[] = ['resend-once', 'park'];

/** A bar in the notation of the matrix: `8 / 0`. */
export function barOf(
  duplicated: [Limit, Limit],
  { uncertain = [0, 0], recoverSeconds }: { uncertain?: [Limit, Limit]; recoverSeconds?: number } = {},
): Bar {
  const byPolicy = ([resend, park]: [Limit, Limit]) => ({ 'resend-once': resend, park });
  return {
    duplicated: byPolicy(duplicated),
    uncertain: byPolicy(uncertain),
    ...(recoverSeconds !== undefined && { recoverSeconds }),
  };
}
