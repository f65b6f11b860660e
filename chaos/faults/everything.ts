import type { PartName } from '../../scripts/stack/stack.ts';
import type { Fault, Stand } from '../fault.ts';
import { storm } from './processes.ts';
import { killAndStart } from './servers.ts';

const SERVERS: readonly [PartName, string][] = [
  ['kafka', 'broker'],
  ['mysql', 'MySQL'],
  ['redis', 'Redis'],
];
const SERVER_EVERY_MS = 22_000;

/** The storm over our processes with a server killed every 22 s in between, in turn: nothing has time to settle. */
async function inject(stand: Stand): Promise<void> {
  const until = performance.now() + stand.ms;
  const servers = async () => {
    for (let at = 0; performance.now() < until; at++) {
      await stand.pause(SERVER_EVERY_MS);
      const [name, label] = SERVERS[at % SERVERS.length] as (typeof SERVERS)[number];
      await killAndStart(stand, name, label);
    }
  };
  await Promise.all([storm(stand), servers()]);
}

export const everythingFaults: readonly Fault[] = [
  {
    ...{ row: '9 13 21 27', name: 'everything', title: 'SIGKILLs of every process, and of every server in turn' },
    ...{ needs: ['servers'], seconds: 600, inject },
  },
];
