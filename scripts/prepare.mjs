/**
 * Runs before the commands of package.json: installs the packages where they are missing or another set than the lock's.
 * What it says goes to stderr: `npm run token` prints a token and nothing else.
 * It must work on the Node that the machine has (20 or newer); the packages bring the Node that everything else runs on.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const oldestMajor = 20;
const root = new URL('..', import.meta.url);
const stamp = new URL('node_modules/.prepared', root); // inside node_modules: it dies with it

const major = Number(process.versions.node.split('.')[0]);
if (major < oldestMajor) {
  console.error(`Node ${oldestMajor} or newer is needed to install; this is ${process.versions.node}.`);
  process.exit(1);
}

const { dependencies, devDependencies, optionalDependencies, allowScripts } = JSON.parse(
  readFileSync(new URL('package.json', root), 'utf8'),
);
const wanted = createHash('sha256')
  .update(JSON.stringify([dependencies, devDependencies, optionalDependencies, allowScripts]))
  .update(readFileSync(new URL('package-lock.json', root)))
  .digest('hex');

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
  console.error('Installing the packages …');
  const from = Date.now();
  const npm = process.env.npm_execpath;
  // Warnings about engines speak of the Node that installs, and the packages run on the one that they bring.
  const install = ['ci', '--loglevel=error'];
  const [command, args] = npm ? [process.execPath, [npm, ...install]] : ['npm', install];
  const { status } = spawnSync(command, args, { cwd: root, stdio: ['inherit', process.stderr, 'inherit'] });
  if (status !== 0) process.exit(status ?? 1);
  writeFileSync(stamp, wanted);
  console.error(`packages (${((Date.now() - from) / 1000).toFixed(1)} s)`);
}
