/**
 * Loaded into a process by `--import`: SIGWINCH, which does nothing by itself, collects its garbage, so that what it
 * holds can be told from what only waits to be collected.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');
// An ordinary collection keeps the pages of a heap that was large once: after a burst they would look like a leak.
process.on('SIGWINCH', () => collect({ type: 'major', execution: 'sync', flavor: 'last-resort' }));
