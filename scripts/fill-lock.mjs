/**
 * Completes package-lock.json where its writer's registry lacked packages of other platforms: `npm ci` refuses a lock
 * that names an optional package and does not describe it. Run it after each change of the lock.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

const systems = new Set([
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
]);
const processors = new Set([
  'arm',
  'arm64',
  'ia32',
  'loong64',
  'mips64el',
  'ppc64',
  'riscv64',
  's390x',
  'wasm32',
  'x64',
]);

/**
 * The stubs that the lock lacks, by their place in it.
 * @param {{ packages: Record<string, import('./fill-lock.mjs').LockEntry> }} lock
 * @returns {Record<string, object>}
 */
export function missingStubs(lock) {
  const stubs = {};
  for (const [parent, { dev, optionalDependencies = {} }] of Object.entries(lock.packages)) {
    for (const [name, range] of Object.entries(optionalDependencies)) {
      if (isDescribed(lock.packages, parent, name)) continue;
      stubs[`node_modules/${name}`] = {
        version: range.replace(/^[\^~]/, ''),
        ...wordsIn(name, 'cpu', processors),
        ...(dev ? { dev } : {}),
        optional: true,
        ...wordsIn(name, 'os', systems),
      };
    }
  }
  return stubs;
}

/** Node looks for a package beside its parent first, then in each folder above. */
function isDescribed(packages, parent, name) {
  for (let place = parent; ; place = place.slice(0, Math.max(0, place.lastIndexOf('/node_modules/')))) {
    if (packages[`${place ? `${place}/` : ''}node_modules/${name}`]) return true;
    if (place === '') return false;
  }
}

function wordsIn(name, field, known) {
  const words = name
    .replace('-arm-gnueabihf', '-arm')
    .split(/[^a-z0-9]+/)
    .filter((word) => known.has(word));
  return words.length > 0 ? { [field]: words } : {};
}

if (process.argv[1] === import.meta.filename) {
  const path = resolve(import.meta.dirname, '../package-lock.json');
  const lock = JSON.parse(readFileSync(path, 'utf8'));
  const stubs = missingStubs(lock);
  const sorted = Object.entries({ ...lock.packages, ...stubs }).sort(([a], [b]) => a.localeCompare(b, 'en'));
  lock.packages = Object.fromEntries(sorted);
  writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
  console.log(`${Object.keys(stubs).length} packages of other platforms added`);
}
