import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Witness } from '../../engine/ports/restore-store.js';

/** Remembers in the data folder how far the database has come: beside the embedded one, not in it. */
export function createWitnessFile(folder: string): Witness {
  const fileOf = (installation: string) => join(folder, `witness-${installation}.json`);
  return {
    async recall(installation) {
      try {
        const { lease, at } = JSON.parse(await readFile(fileOf(installation), 'utf8')) as { lease: number; at: string };
        return { lease, at: new Date(at) };
      } catch (error) {
        // Somebody who has never seen this database has nothing to say.
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },

    async remember(installation, remembered) {
      await mkdir(folder, { recursive: true });
      const file = fileOf(installation);
      // Moved there whole, and several processes may do so at once: each moves a file of its own.
      const draft = `${file}.${process.pid}`;
      await writeFile(draft, JSON.stringify(remembered));
      await rename(draft, file);
    },

    close: async () => {},
  };
}
