import type { Stand } from '../fault.ts';
import { sumOfMetric } from './servers.ts';
import { withSession } from './sessions.ts';

/** A round a minute, and the 5 s that it waits for the replica; twice, as the schedule may have begun anew. */
const ROUND_LIMIT_MS = 150_000;
const DELAY_S = 30;
const LOOK_EVERY_MS = 500;

/** The replica stands still, then follows half a minute behind: the reconciler skips its rounds, and judges again after. */
export async function replicaBehind(stand: Stand): Promise<void> {
  const url = stand.product.servers.DATABASE_REPLICA_URL;
  if (url === undefined) throw new Error('there is no replica');
  const tell = (...statements: readonly string[]) =>
    withSession(url, async (session) => {
      for (const statement of statements) await session.query(statement);
    });
  const stopped = stand.injected('STOP SLAVE');
  await tell('STOP SLAVE');
  try {
    await expectRound(stand, 'skipped', 'the replica stood still');
    const late = stand.injected(`MASTER_DELAY = ${DELAY_S}`);
    await tell(`CHANGE MASTER TO MASTER_DELAY = ${DELAY_S}`, 'START SLAVE');
    await expectRound(stand, 'skipped', `the replica was ${DELAY_S} s behind`);
    late.back();
  } finally {
    await tell('STOP SLAVE', 'CHANGE MASTER TO MASTER_DELAY = 0', 'START SLAVE');
    stopped.back();
  }
  await expectRound(stand, 'done', 'the replica followed again');
}

/** Waits for the reconciler's next round that ends so. */
export async function expectRound(stand: Stand, outcome: 'skipped' | 'done', when: string, row = '26'): Promise<void> {
  const rounds = () => sumOfMetric(stand.processes('services'), `rostra_reconcile_rounds_total{outcome="${outcome}"}`);
  const [before, startedAt] = [await rounds(), performance.now()];
  while ((await rounds()) <= before) {
    if (performance.now() - startedAt > ROUND_LIMIT_MS) {
      stand.violated(
        `row ${row}: no round of the reconciler was ${outcome} within ${ROUND_LIMIT_MS / 1_000} s after ${when}`,
      );
      return;
    }
    await stand.pause(LOOK_EVERY_MS);
  }
  stand.say(`  a round was ${outcome} ${Math.round((performance.now() - startedAt) / 1_000)} s after ${when}`);
}
