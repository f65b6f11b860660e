import type { FleetProcess } from '../../scripts/fleet.ts';
import type { Fault, Stand } from '../fault.ts';

/** Faults of our own processes: signals, nothing that needs servers or links of one's own. */

const WORKERS = ['save', 'transfer-money', 'sponsor', 'goal', 'queue-to-ws'] as const;

/** Kills it the way a power cut would, and starts it again at once. */
export async function killAndStart(stand: Stand, victim: FleetProcess): Promise<void> {
  if (victim.pid === 0) return victim.start();
  stand.injected(`SIGKILL ${victim.name}.${victim.instance + 1}`);
  await victim.kill('SIGKILL');
  victim.start();
}

/** Suspends it, lets the others go on, and lets it go on where it was. */
export async function suspend(stand: Stand, victim: FleetProcess, ms: number): Promise<void> {
  const { back } = stand.injected(`SIGSTOP ${victim.name}.${victim.instance + 1} for ${ms / 1_000} s`);
  await victim.kill('SIGSTOP');
  try {
    await stand.pause(ms);
  } finally {
    await victim.kill('SIGCONT');
    back();
  }
}

function pick<T>(stand: Stand, list: readonly T[]): T {
  return list[stand.random.below(list.length)] as T;
}

/**
 * SIGKILLs at an average of one a second, over every process. Workers of one group die together, two or three at a time:
 * Kafka holds a dead member's partitions for 10 s, so that kills one by one would only ever meet a group that waits.
 */
async function storm(stand: Stand, ms: number): Promise<void> {
  const until = performance.now() + ms;
  const single = stand.processes('ingress', 'services', 'ws-gateway');
  for (let at = 0; performance.now() < until; at++) {
    const group = WORKERS[at % WORKERS.length] as string;
    const members = stand.processes(group);
    const spared = stand.random.below(members.length + 1);
    const victims = members.filter((_, index) => index !== spared);
    await Promise.all([...victims, pick(stand, single)].map((victim) => killAndStart(stand, victim)));
    await stand.pause(2_000 + stand.random.below(2_000));
  }
}

export const processFaults: readonly Fault[] = [
  {
    ...{ row: '9', name: 'storm', title: 'SIGKILL storm over every process, one a second', needs: [], seconds: 120 },
    inject: (stand) => storm(stand, stand.ms),
  },
  {
    ...{
      row: '10',
      name: 'zombie-with-locks',
      title: 'A worker that holds row locks is suspended for 30 s',
      needs: [],
    },
    seconds: 30,
    async inject(stand) {
      await Promise.all(
        ['transfer-money', 'goal'].map((name) => suspend(stand, pick(stand, stand.processes(name)), 30_000)),
      );
    },
  },
];
