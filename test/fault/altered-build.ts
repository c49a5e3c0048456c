import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openWorkplace } from '../cli/run-fanfare.js';

/** A place in the built program, by the text that stands there once, and what stands there instead. */
export interface Alteration {
  /** Below `dist/`. */
  file: string;
  text: string;
  becomes: string;
}

export interface AlteredBuild {
  /** The program's main file. */
  main: string;
  remove(): Promise<void>;
}

const root = join(import.meta.dirname, '..', '..');

/**
 * A copy of the built program that is wrong in known places: so the rig can show that it would notice, and faults can be
 * put where no signal hits reliably. The program itself knows nothing of it.
 * @throws Error where a text does not stand there exactly once: the program has changed
 */
export async function buildAltered(alterations: readonly Alteration[]): Promise<AlteredBuild> {
  // Brings `dist/` up to date.
  await (await openWorkplace()).close();
  const folder = await mkdtemp(join(tmpdir(), 'fanfare-altered-'));
  await cp(join(root, 'dist'), join(folder, 'dist'), {
    recursive: true,
    // Another test's mark that it is building, which goes away meanwhile.
    filter: (source) => !source.endsWith('.building'),
  });
  await cp(join(root, 'package.json'), join(folder, 'package.json'));
  for (const shared of ['node_modules', 'templates', 'config', 'migrations'])
    await symlink(join(root, shared), join(folder, shared));
  for (const { file, text, becomes } of alterations) {
    const path = join(folder, 'dist', file);
    const parts = (await readFile(path, 'utf8')).split(text);
    if (parts.length !== 2) throw new Error(`dist/${file} has ${parts.length - 1} times: ${text}`);
    await writeFile(path, parts.join(becomes));
  }
  return {
    main: join(folder, 'dist', 'main.js'),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/**
 * The claim fence, taken out: a claim takes rows whoever holds them, and nobody asks whose they are when they are marked
 * or recorded. Rows 1, 6, 10 and 20 must notice.
 */
export const withoutFence: Alteration[] = [
  {
    file: 'adapters/postgres/claim.js',
    text: 'WHERE m.step_key = (SELECT key FROM step) AND m.due_at <= $2',
    becomes: "WHERE m.step_key = (SELECT key FROM step) AND (m.due_at <= $2 OR m.state IN ('claimed', 'sending'))",
  },
  {
    file: 'adapters/postgres/exchange.js',
    text: "m.lease_id IS NOT DISTINCT FROM k.lease_id AND m.state = 'claimed'",
    becomes: "m.state IN ('claimed', 'sending')",
  },
  {
    file: 'adapters/postgres/exchange.js',
    text: 'WHERE m.id = v.id AND m.lease_id IS NOT DISTINCT FROM v.lease_id\n',
    becomes: 'WHERE m.id = v.id\n',
  },
];
