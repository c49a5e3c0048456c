import { createInterface } from 'node:readline/promises';
import type { Ora } from 'ora';

/** Where a command speaks: results to `out`, everything else to `err`. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** A person is watching: progress and colours make sense. */
  readonly watched: boolean;
  /** Ask a yes-or-no question; false where nobody can answer. */
  ask(question: string): Promise<boolean>;
  /** Show that something is going on; silent where nobody watches. */
  progress(text: string): Progress;
}

export interface Progress {
  update(text: string): void;
  /** Take the line away. */
  end(): void;
}

type Streams = Pick<NodeJS.Process, 'stdin' | 'stdout' | 'stderr'>;

export function createTerminal({ stdin, stdout, stderr }: Streams): Terminal {
  // Whoever writes is told of it; the log of the engine goes here too, and is nothing that a command ends for.
  stdout.on('error', () => {});
  const refuseLoss = (error?: NodeJS.ErrnoException | null) => {
    // `fanfare report x --csv | head` closes our output early: that is no error.
    if (error && error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') throw error;
  };
  // A terminal without columns never lets a spinner's line end: it wrote a gigabyte in ten minutes.
  const watched = stderr.isTTY === true && stderr.columns !== 0;
  return {
    watched,
    out: (text) => void stdout.write(`${text}\n`, refuseLoss),
    err: (text) => void stderr.write(`${text}\n`),
    async ask(question) {
      if (!stdin.isTTY) return false;
      const prompt = createInterface({ input: stdin, output: stderr });
      try {
        // Yes and ja: the people who run these campaigns speak both.
        return /^(y|yes|j|ja)$/i.test((await prompt.question(`${question} [y/N] `)).trim());
      } finally {
        prompt.close();
      }
    },
    progress: (text) => (watched ? showProgress(text, stderr) : { update: () => {}, end: () => {} }),
  };
}

/** The spinner is loaded while the work has begun already: 60 ms that nobody waits for. */
function showProgress(first: string, stream: NodeJS.WriteStream): Progress {
  let text = first;
  let ended = false;
  let spinner: Ora | undefined;
  import('ora').then(({ default: ora }) => {
    if (!ended) spinner = ora({ text, stream, discardStdin: false }).start();
  });
  return {
    update(next) {
      text = next;
      if (spinner) spinner.text = next;
    },
    end() {
      ended = true;
      spinner?.stop();
    },
  };
}
