import type { Fault, Stand } from '../fault.ts';
import { killAndStart, suspend } from './processes.ts';

const EVERY_MS = 1_500;
const SUSPENDED_MS = 12_000;

/** Crash points that matter most: effects that are there while nobody has been told. */
const CRASHES = [
  { name: 'transfer-money', plan: 'after-commit:1:TransferMoney' },
  { name: 'save', plan: 'mid-effect:1:SettleDonate' },
  { name: 'goal', plan: 'after-post-effects:1:UpdateGoal' },
] as const;

async function inject(stand: Stand): Promise<void> {
  for (const { name, plan } of CRASHES) {
    const [process] = stand.processes(name);
    await process?.stop();
    process?.start({ CRASH_AT: plan });
  }
  await stand.pause(4_000);
  for (const process of stand.processes()) {
    await killAndStart(stand, process);
    await stand.pause(EVERY_MS);
  }
  const [worker] = stand.processes('transfer-money');
  const [gateway] = stand.processes('ws-gateway');
  // Past the session timeout: the other member takes over, and this one wakes up a zombie.
  await Promise.all([worker, gateway].flatMap((one) => (one ? suspend(stand, one, SUSPENDED_MS) : [])));
}

/** Every process killed once, three crash points, a zombie worker and a gateway that sleeps: what `npm test` has time for. */
export const brief: Fault = {
  ...{
    row: '2 4 5 9 11 35',
    name: 'brief',
    title: 'Each process killed, three crash points, a zombie, a sleeping gateway',
  },
  ...{ needs: [], seconds: 40, inject },
};
