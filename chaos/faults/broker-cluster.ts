import type { PartName } from '../../scripts/stack/stack.ts';
import type { Stand } from '../fault.ts';
import { nameOnBroker, withAdmin } from './broker-admin.ts';
import { checkRefusals, Probes } from './probes.ts';
import { serverOf, untilShownAgain } from './servers.ts';

const NAMES: readonly PartName[] = ['kafka', 'kafka-2', 'kafka-3'];
const FAILOVER_LIMIT_MS = 60_000;
const ONE_LEFT_MS = 20_000;
const BACK_LIMIT_MS = 90_000;

/** Without one of three brokers, a leader, all goes on; without two nothing is taken; with all back, all is well. */
export async function loseBrokers(stand: Stand): Promise<void> {
  const leader = NAMES[(await leaderOf(stand)) - 1] as PartName;
  const second = NAMES.find((name) => name !== leader) as PartName;
  const first = stand.injected(`SIGKILL the leader, ${leader}`);
  await serverOf(stand, leader).kill('SIGKILL');
  try {
    if (!(await untilShownAgain(stand, performance.now(), FAILOVER_LIMIT_MS)))
      stand.violated(`row 17: nothing was shown ${FAILOVER_LIMIT_MS / 1_000} s after one of three brokers had died`);
    await loseSecond(stand, second);
  } finally {
    await serverOf(stand, leader).start();
    first.back();
  }
  if (!(await untilShownAgain(stand, performance.now(), BACK_LIMIT_MS)))
    stand.violated(`row 17: nothing was shown ${BACK_LIMIT_MS / 1_000} s after all brokers were back`);
}

async function loseSecond(stand: Stand, second: PartName): Promise<void> {
  const { back } = stand.injected(`SIGKILL a second broker, ${second}`);
  await serverOf(stand, second).kill('SIGKILL');
  const fromMs = performance.now();
  const probes = new Probes(stand);
  try {
    await stand.pause(ONE_LEFT_MS);
  } finally {
    const probed = await probes.stop();
    checkRefusals(stand, probed, {
      row: '17',
      what: 'one of three brokers was left',
      fromMs,
      untilMs: performance.now(),
    });
    await serverOf(stand, second).start();
    back();
  }
}

/** The id of the broker that leads the first partition of the donations. */
async function leaderOf(stand: Stand): Promise<number> {
  const topic = nameOnBroker(stand, 'donations');
  const { topics } = await withAdmin(stand, (admin) => admin.fetchTopicMetadata({ topics: [topic] }));
  const leader = topics[0]?.partitions.find(({ partitionId }) => partitionId === 0)?.leader;
  if (!leader) throw new Error('the donations have no leader');
  return leader;
}
