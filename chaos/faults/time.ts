import { pathToFileURL } from 'node:url';
import { resolve } from 'node:path';
import type { FleetProcess } from '../../scripts/fleet.ts';
import { operationsAddress } from '../../scripts/fleet/readiness.ts';
import { groupOnBroker } from '../../shared/groups.ts';
import type { Fault, Stand } from '../fault.ts';
import { withAdmin } from './broker-admin.ts';
import { untilReady } from './processes.ts';

/** Faults of time: clocks that are off or jump, and a process for which it stands still. */

const WORKERS = ['save', 'transfer-money', 'sponsor', 'goal', 'queue-to-ws'] as const;
const hook = (name: string) => `--import=${pathToFileURL(resolve(import.meta.dirname, `../hooks/${name}`)).href}`;
const MINUTE_MS = 60_000;
const SHIFTED_MS = 30_000;
const JUMP_AFTER_MS = 12_000;

/** Minutes that a process's clock is off; and minutes that it falls back by, after a while. */
interface Shift {
  readonly minutes: number;
  readonly backBy?: number;
}

/** Groups that stamp what is shown, and the one that looks at the stamps. */
const STAMPING = ['save', 'transfer-money', 'sponsor', 'goal'] as const;

/**
 * By `<name>.<instance>`; the other processes' clocks are right. What was stamped ten minutes ago by the clock of
 * `queue-to-ws` is no longer shown, as the README says: one that is ahead never meets a stamp that is behind, and neither
 * reaches ten minutes by itself.
 */
const ROUNDS: readonly Readonly<Record<string, Shift>>[] = [
  {
    ...all(STAMPING, 1, { minutes: 10 }),
    ...{ 'queue-to-ws.1': { minutes: 9 }, 'services.1': { minutes: 10 } },
    ...{ 'ws-gateway.1': { minutes: 10 }, 'ingress.1': { minutes: 9 } },
  },
  {
    ...all(STAMPING, 2, { minutes: -9 }),
    ...{ 'queue-to-ws.2': { minutes: -10 }, 'services.2': { minutes: -9 } },
    ...{ 'ws-gateway.2': { minutes: -10 }, 'ingress.1': { minutes: -9 } },
  },
  {
    ...all(STAMPING, 1, { minutes: 10, backBy: 19 }),
    ...{ 'queue-to-ws.1': { minutes: 0, backBy: 10 }, 'services.1': { minutes: 10, backBy: 19 } },
    ...{ 'ws-gateway.1': { minutes: 10, backBy: 20 }, 'ingress.1': { minutes: 9, backBy: 18 } },
  },
];

function all(names: readonly string[], instance: number, shift: Shift): Record<string, Shift> {
  return Object.fromEntries(names.map((name) => [`${name}.${instance}`, shift]));
}

/** Clocks of some processes are ten minutes off, some fall back; afterwards all are right again. */
async function shiftClocks(stand: Stand): Promise<void> {
  const from = stand.load.requests.length;
  for (const round of ROUNDS) {
    const shifted = stand.processes().filter((process) => round[nameOf(process)]);
    const { back } = stand.injected(`clocks off: ${shifted.map((one) => textOf(one, round)).join(', ')}`);
    await restartAll(stand, shifted, (process) => environmentOf(round[nameOf(process)] as Shift));
    await stand.pause(SHIFTED_MS);
    await restartAll(stand, shifted, () => ({}));
    back();
  }
  const answers = stand.load.requests.slice(from).flatMap(({ answers }) => [...answers.keys()]);
  if (answers.includes(401)) stand.violated('row 33: somebody whose token was good was answered 401');
}

const nameOf = ({ name, instance }: FleetProcess) => `${name}.${instance + 1}`;

function textOf(process: FleetProcess, round: (typeof ROUNDS)[number]): string {
  const { minutes, backBy } = round[nameOf(process)] as Shift;
  return `${nameOf(process)} ${minutes > 0 ? '+' : ''}${minutes}${backBy ? ` then -${backBy}` : ''} min`;
}

function environmentOf({ minutes, backBy = 0 }: Shift): NodeJS.ProcessEnv {
  return {
    NODE_OPTIONS: hook('clock.mjs'),
    CLOCK_SHIFT_MS: String(minutes * MINUTE_MS),
    CLOCK_JUMP_BACK_MS: String(backBy * MINUTE_MS),
    CLOCK_JUMP_BACK_AFTER_MS: String(JUMP_AFTER_MS),
  };
}

async function restartAll(
  stand: Stand,
  processes: readonly FleetProcess[],
  environment: (process: FleetProcess) => NodeJS.ProcessEnv,
): Promise<void> {
  await Promise.all(
    processes.map(async (process) => {
      await process.stop();
      process.start(environment(process));
      await untilReady(stand, process);
    }),
  );
}

const STABLE_LIMIT_MS = 60_000;
/** Half a session and more: whoever were to be thrown out would be by then. */
const AFTERWARDS_MS = 12_000;
/** Of the three seconds, what is left by the time that it is asked. */
const BLOCKED_LEAST_MS = 2_000;

/** Every worker does nothing for 3 s, less than its session: none is thrown out of its group for it. */
async function blockWorkers(stand: Stand): Promise<void> {
  const workers = stand.processes(...WORKERS);
  await restartAll(stand, workers, () => ({ NODE_OPTIONS: hook('block.mjs') }));
  try {
    const before = await membersOf(stand);
    const crashes = workers.map((worker) => worker.crashes);
    for (const name of WORKERS) {
      await Promise.all(stand.processes(name).map((worker) => block(stand, worker)));
      await stand.pause(1_000);
    }
    await stand.pause(AFTERWARDS_MS);
    const after = await membersOf(stand);
    for (const name of WORKERS) {
      const gone = (before.get(name) ?? []).filter((member) => !after.get(name)?.includes(member));
      if (gone.length > 0) stand.violated(`row 40: ${gone.length} members of ${name} were thrown out`);
    }
    const ended = workers.filter((worker, at) => worker.crashes > (crashes[at] as number)).map(nameOf);
    if (ended.length > 0) stand.violated(`row 40: ${ended.join()} ended`);
  } finally {
    await restartAll(stand, workers, () => ({}));
  }
}

async function block(stand: Stand, worker: FleetProcess): Promise<void> {
  stand.injected(`${nameOf(worker)} blocked for 3 s`);
  await worker.kill('SIGUSR2');
  const askedAtMs = performance.now();
  await fetch(`${operationsAddress(worker)}/healthz`).catch(() => undefined);
  const tookMs = performance.now() - askedAtMs;
  if (tookMs < BLOCKED_LEAST_MS)
    stand.violated(`row 40: ${nameOf(worker)} answered after ${Math.round(tookMs)} ms: it was not blocked`);
}

/** The ids of each group's members, once all groups are at rest. */
async function membersOf(stand: Stand): Promise<ReadonlyMap<string, readonly string[]>> {
  const until = performance.now() + STABLE_LIMIT_MS;
  for (;;) {
    const ids = WORKERS.map((name) => groupOnBroker(stand.product.namespace, name));
    const { groups } = await withAdmin(stand, (admin) => admin.describeGroups(ids));
    const found = WORKERS.map((name, at) => {
      const group = groups.find(({ groupId }) => groupId === ids[at]);
      const members = group?.state === 'Stable' ? group.members.map(({ memberId }) => memberId) : [];
      return [name, members] as const;
    });
    if (found.every(([name, members]) => members.length === stand.processes(name).length)) return new Map(found);
    if (performance.now() > until) throw new Error('the groups did not come to rest');
    await stand.pause(500);
  }
}

const fault = (row: string, name: string, title: string, seconds: number, inject: Fault['inject']): Fault => ({
  ...{ row, name, title, needs: [], seconds, inject },
});

export const timeFaults: readonly Fault[] = [
  fault('33', 'clocks', 'Clocks nine and ten minutes off, and falling back', 180, shiftClocks),
  fault('40', 'blocked-loop', "Each worker's event loop blocked for 3 s", 60, blockWorkers),
];
