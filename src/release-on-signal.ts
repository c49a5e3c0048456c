/** A conventional exit code: 128 and the number of the signal. */
const exitCodes: Readonly<Record<string, number>> = { SIGINT: 130, SIGTERM: 143 };

/**
 * Ctrl-C in the middle of a command: what it brought up must go down with it. A second signal ends the process at once.
 * Returns how to go back to what signals usually do.
 */
export function releaseOnSignal(release: () => Promise<void>): () => void {
  const onSignal = (name: string) => {
    forget();
    release()
      .catch(() => {})
      .finally(() => process.exit(exitCodes[name] ?? 1));
  };
  const forget = () => {
    for (const name of Object.keys(exitCodes)) process.removeListener(name, onSignal);
  };
  for (const name of Object.keys(exitCodes)) process.on(name, onSignal);
  return forget;
}
