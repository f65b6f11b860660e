import type { FleetProcess } from '../../scripts/fleet.ts';
import { askReadiness, operationsAddress } from '../../scripts/fleet/readiness.ts';
import type { Fault, Stand } from '../fault.ts';

/** Faults of our own processes: signals, nothing that needs servers or links of one's own. */

const WORKERS = ['save', 'transfer-money', 'sponsor', 'goal', 'queue-to-ws'] as const;

const nameOf = ({ name, instance }: FleetProcess) => `${name}.${instance + 1}`;

function pick<T>(stand: Stand, list: readonly T[]): T {
  return list[stand.random.below(list.length)] as T;
}

/** Kills it the way a power cut would, and starts it again at once. */
export async function killAndStart(stand: Stand, victim: FleetProcess): Promise<void> {
  if (victim.pid > 0) {
    stand.injected(`SIGKILL ${nameOf(victim)}`);
    await victim.kill('SIGKILL');
  }
  victim.start();
}

/** Suspends it, lets the others go on, and lets it go on where it was. */
export async function suspend(stand: Stand, victim: FleetProcess, ms: number): Promise<void> {
  const { back } = stand.injected(`SIGSTOP ${nameOf(victim)} for ${ms / 1_000} s`);
  await victim.kill('SIGSTOP');
  try {
    await stand.pause(ms);
  } finally {
    await victim.kill('SIGCONT');
    back();
  }
}

/**
 * SIGKILLs at an average of one a second, over every process. Workers of one group die together, two or three at a time,
 * so that nobody is left who could go on in the meantime.
 */
export async function storm(stand: Stand): Promise<void> {
  const until = performance.now() + stand.ms;
  const single = stand.processes('ingress', 'services', 'ws-gateway');
  for (let at = 0; performance.now() < until; at++) {
    const members = stand.processes(WORKERS[at % WORKERS.length] as string);
    const spared = stand.random.below(members.length + 1);
    const victims = members.filter((_, index) => index !== spared);
    await Promise.all([...victims, pick(stand, single)].map((victim) => killAndStart(stand, victim)));
    await stand.pause(Math.round(stand.everyMs * (2 / 3)) + stand.random.below(Math.round(stand.everyMs * (2 / 3))));
  }
}

/** Kills one process after the other, each once, each recovered from before the next. */
async function killEach(stand: Stand): Promise<void> {
  for (const victim of stand.processes()) {
    await killAndStart(stand, victim);
    await stand.pause(8_000);
  }
}

const SUSPENDED_MS = 30_000;
/** The server ends a transaction whose owner sleeps after 5 s; what is older has been holding its locks against others. */
const OLDEST_TRANSACTION_S = 8;

/** One of each group stops in whatever transaction it is; the others must not wait for its locks, and it wakes up a zombie. */
async function suspendOneOfEach(stand: Stand): Promise<void> {
  const suspended = WORKERS.map((name) => suspend(stand, pick(stand, stand.processes(name)), SUSPENDED_MS));
  const watching = (async () => {
    let oldest = 0;
    for (let s = 0; s < SUSPENDED_MS / 1_000; s++) {
      await stand.pause(1_000);
      const [row] = await stand.product.admin.select<{ age: string | null }>(
        'SELECT MAX(TIMESTAMPDIFF(SECOND, trx_started, NOW())) AS age FROM information_schema.innodb_trx ' +
          'WHERE trx_rows_locked > 0',
      );
      oldest = Math.max(oldest, Number(row?.age ?? 0));
    }
    stand.say(`  the oldest transaction that held locks was ${oldest} s old`);
    if (oldest > OLDEST_TRANSACTION_S) stand.violated(`a suspended worker held its locks for ${oldest} s`);
  })();
  await Promise.all([...suspended, watching]);
}

/** A worker comes or goes every three seconds, in good order, so that groups hardly ever rest. */
async function comeAndGo(stand: Stand): Promise<void> {
  const until = performance.now() + stand.ms;
  const gone: FleetProcess[] = [];
  while (performance.now() < until) {
    const back = gone.length > 4 ? gone.shift() : undefined;
    const leaving =
      back ??
      pick(
        stand,
        stand.processes(...WORKERS).filter((one) => one.pid > 0),
      );
    stand.injected(`${back ? 'start' : 'stop'} ${nameOf(leaving)}`);
    if (back) back.start();
    else {
      gone.push(leaving);
      void leaving.stop();
    }
    await stand.pause(3_000);
  }
  for (const one of gone) one.start();
}

const READY_MS = 60_000;

/** Waits until the process says that it is ready, a minute at most. */
export async function untilReady(stand: Stand, process: FleetProcess): Promise<void> {
  const until = performance.now() + READY_MS;
  while ((await askReadiness(operationsAddress(process))) !== 'ready') {
    if (performance.now() > until)
      throw new Error(`${nameOf(process)} was not ready ${READY_MS / 1_000} s after its start`);
    await stand.pause(100);
  }
}

/** A deploy: each process in turn ends in good order and is started again. What was settled is not handled twice. */
async function rollingRestart(stand: Stand): Promise<void> {
  stand.load.repeats = false;
  const from = stand.load.requests.length;
  try {
    await stand.pause(3_000);
    const before = await duplicates(stand);
    let counted = 0;
    for (const process of stand.processes()) {
      const { back } = stand.injected(`SIGTERM ${nameOf(process)}`);
      counted += (await duplicatesOf(process)) - (before.get(nameOf(process)) ?? 0);
      await process.stop();
      process.start();
      await untilReady(stand, process);
      back();
    }
    for (const process of stand.processes()) counted += await duplicatesOf(process);
    const asked = stand.load.requests.slice(from);
    const retried = asked.reduce((sum, { answers }) => sum + (answers.get(0) ?? 0) + (answers.get(503) ?? 0), 0);
    stand.say(`  ${counted} events were handled twice, ${retried} requests were sent again`);
    // A request that is sent again may be in the log twice, for each of the groups.
    if (counted > retried * WORKERS.length) stand.violated(`${counted} events were handled twice by a clean restart`);
    const failures = asked.flatMap(({ answers }) =>
      [...answers.keys()].filter((status) => status >= 500 && status !== 503),
    );
    if (failures.length > 0) stand.violated(`answered ${failures.join()} during a rolling restart`);
  } finally {
    stand.load.repeats = true;
  }
}

async function duplicates(stand: Stand): Promise<Map<string, number>> {
  const counted = new Map<string, number>();
  for (const process of stand.processes(...WORKERS)) counted.set(nameOf(process), await duplicatesOf(process));
  return counted;
}

async function duplicatesOf(process: FleetProcess): Promise<number> {
  const answer = await fetch(`${operationsAddress(process)}/metrics`, { signal: AbortSignal.timeout(5_000) });
  const lines = (await answer.text()).split('\n');
  const ours = lines.filter((line) => line.startsWith('rostra_events_total{') && line.includes('outcome="duplicate"'));
  return ours.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

export const processFaults: readonly Fault[] = [
  {
    ...{ row: '9', name: 'storm', title: 'SIGKILL storm over every process, one a second', needs: [], seconds: 120 },
    inject: storm,
  },
  {
    ...{ row: '9b', name: 'kill-each', title: 'SIGKILL of each process once, each recovered from', needs: [] },
    ...{ seconds: 170, inject: killEach },
  },
  {
    ...{ row: '10 11', name: 'zombies', title: 'A worker of each group suspended for 30 s, then going on', needs: [] },
    ...{ seconds: 30, inject: suspendOneOfEach },
  },
  {
    ...{ row: '12', name: 'rebalance', title: 'A worker comes or goes every 3 s', needs: [], seconds: 120 },
    inject: comeAndGo,
  },
  {
    ...{
      row: '39',
      name: 'rolling-restart',
      title: 'SIGTERM and start of everything, in turn',
      needs: [],
      seconds: 60,
    },
    inject: rollingRestart,
  },
];
