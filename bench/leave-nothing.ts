/** What has to be taken down again: last in, first out, also after a failure or Ctrl-C. */
const duties: Array<() => Promise<unknown>> = [];

/** Remember a duty. Returns what fulfils it early. */
export function atEnd(duty: () => Promise<unknown>): () => Promise<void> {
  duties.push(duty);
  return async () => {
    const index = duties.indexOf(duty);
    if (index < 0) return;
    duties.splice(index, 1);
    await duty();
  };
}

let leaving: Promise<void> | undefined;

/** Fulfil all duties; whoever asks meanwhile waits for the same. */
export function leaveNothing(): Promise<void> {
  leaving ??= fulfilDuties().finally(() => {
    leaving = undefined;
  });
  return leaving;
}

async function fulfilDuties(): Promise<void> {
  for (let duty = duties.pop(); duty; duty = duties.pop()) {
    await duty().catch((error: Error) => console.error(`could not clean up: ${error.message}`));
  }
}
