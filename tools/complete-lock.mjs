/**
 * Names in package-lock.json the platform packages that a registry did not have when the lock was written.
 *
 * `npm ci` refuses a lock in which an optional dependency is missing, and npm leaves out what its registry cannot
 * serve: a lock written behind a mirror that carries Linux alone is then refused everywhere, also on Linux. The entries
 * written here have no integrity, which npm adds when it first meets the package; where nothing is missing, nothing is
 * written. Run it after every change of dependencies: `node tools/complete-lock.mjs`.
 */
import { readFileSync, writeFileSync } from 'node:fs';

const file = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(file, 'utf8'));

const systems = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32'];
/** Names of processors as packages write them, and as `process.arch` has them. */
const processors = {
  ...{ arm: 'arm', arm64: 'arm64', ia32: 'ia32', loong64: 'loong64', ppc64: 'ppc64', riscv64: 'riscv64' },
  ...{ s390x: 's390x', x64: 'x64' },
};

/** `@swc/core-linux-arm-gnueabihf` runs on Linux and arm. */
function describePlatform(name) {
  const words = name.split(/[/-]/);
  const os = words.find((word) => systems.includes(word));
  const cpu = words.map((word) => processors[word]).find((known) => known !== undefined);
  if (os === undefined || cpu === undefined) return undefined;
  const libc = { musl: 'musl', musleabihf: 'musl', gnu: 'glibc', gnueabihf: 'glibc' }[words.at(-1)];
  return { os: [os], cpu: [cpu], ...(os === 'linux' && libc && { libc: [libc] }) };
}

const added = {};
for (const [path, { optionalDependencies = {}, dev, devOptional }] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    const place = `node_modules/${name}`;
    if (lock.packages[place] || lock.packages[`${path}/${place}`]) continue;
    const platform = describePlatform(name);
    if (platform === undefined || !/^\d/.test(version)) throw new Error(`${path} misses ${name}@${version}`);
    added[place] = { version, ...(dev && { dev }), ...(devOptional && { devOptional }), optional: true, ...platform };
  }
}
const names = Object.keys(added).sort();
if (names.length > 0) {
  const entries = Object.entries({ ...lock.packages, ...added });
  lock.packages = Object.fromEntries(entries.sort(([a], [b]) => a.localeCompare(b, 'en')));
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
}
process.stdout.write(`${names.length} platform packages added to package-lock.json\n`);
