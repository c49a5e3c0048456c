import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { mkdtemp, rm, rmdir, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A disk of a few megabytes, which a test may fill. */
export interface SmallDisk {
  folder: string;
  /** Not a byte is left. */
  fill(): void;
  makeRoom(): void;
  close(): Promise<void>;
}

/** Mounting takes root, and a system that lets root mount: where it cannot be done, the rows are left out aloud. */
export async function openSmallDisk(megabytes: number): Promise<SmallDisk> {
  const folder = await mkdtemp(join(tmpdir(), 'fanfare-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0755`, 'fanfare-test', folder]);
  const ballast = join(folder, 'ballast');
  return {
    folder,
    fill() {
      const file = openSync(ballast, 'a');
      for (const size of [1 << 20, 4096, 1]) writeUntilFull(file, Buffer.alloc(size));
      closeSync(file);
    },
    makeRoom: () => rmSync(ballast),
    async close() {
      // Whoever still stands on it keeps it until they end.
      execFileSync('umount', ['--lazy', folder]);
      await rmdir(folder);
    },
  };
}

function writeUntilFull(file: number, block: Buffer): void {
  try {
    while (writeSync(file, block) === block.length);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}

/** Move a folder onto the disk, owners and all, and leave a link in its place. */
export async function moveOnto(disk: SmallDisk, path: string): Promise<void> {
  const place = join(disk.folder, 'moved');
  execFileSync('cp', ['--archive', path, place]);
  await rm(path, { recursive: true });
  await symlink(place, path);
}

/** Why no disk can be mounted here; absent where it can. */
export function whyNoDisk(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'only root on Linux may mount a small disk';
  const tried = spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'fanfare-test', '/mnt']);
  return tried.status === 0 ? undefined : 'this system lets nobody mount a disk';
}
