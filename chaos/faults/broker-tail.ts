import { statSync, truncateSync } from 'node:fs';
import { untilReady } from './processes.ts';
import { check, untilQuiet } from '../check/check.ts';
import type { Stand } from '../fault.ts';
import type { History, Request } from '../history.ts';
import { Caller } from '../load/caller.ts';
import { foldersOf, highsOf, newestSegment } from './broker-admin.ts';
import { probe } from './probes.ts';
import { serverOf } from './servers.ts';

const WORKERS = ['save', 'transfer-money', 'sponsor', 'goal', 'queue-to-ws'];
const DONATIONS = 5;
const CUT_BYTES = 100;
const QUIET_MS = 120_000;

/**
 * Confirmed donations whose end of the log is lost, as a power cut on the one broker would lose it: not survived, but
 * told. Exactly those are missing, which the checker reports, and everything else goes on from there.
 *
 * All groups are stopped first: one that had read the lost records would stand beyond the log's new end.
 */
export async function cutTail(stand: Stand): Promise<void> {
  await stand.load.pause();
  await expectQuiet(stand, historyOf(stand));
  const workers = stand.processes(...WORKERS);
  await Promise.all(workers.map((worker) => worker.stop()));
  let lost: readonly Request[];
  try {
    lost = await loseTail(stand);
  } finally {
    for (const worker of workers) worker.start();
  }
  for (const worker of workers) await untilReady(stand, worker);
  await expectQuiet(stand, historyOf(stand, lost));
  const told = (await check(stand.product, historyOf(stand))).filter((line) => line.startsWith('I1 '));
  const isTold = told.length === 1 && lost.every(({ id }) => told[0]?.includes(id as string));
  if (!isTold) stand.violated(`row 19: lost were ${idsOf(lost)}, but reported was: ${told.join('; ') || 'nothing'}`);
  stand.say(`  of ${DONATIONS} confirmed donations lost and reported: ${idsOf(lost)}`);
  // A loss by design, and now established: what follows is checked without them.
  for (const request of lost) stand.load.requests.splice(stand.load.requests.indexOf(request), 1);
  stand.load.resume();
  await stand.pause(AFTERWARDS_MS);
}

const AFTERWARDS_MS = 5_000;

/** @returns the donations that are no longer in the log */
async function loseTail(stand: Stand): Promise<readonly Request[]> {
  const broker = serverOf(stand, 'kafka');
  const before = await highsOf(stand, 'donations');
  const sent = await sendDonations(stand);
  const partition = [...(await highsOf(stand, 'donations'))].find(
    ([at, high]) => high === (before.get(at) ?? 0) + DONATIONS,
  );
  if (!partition) throw new Error('the donations are not in one partition, or not alone');
  const folder = (await foldersOf(stand, 'donations')).find((path) => path.endsWith(`-${partition[0]}`)) as string;
  const { back } = stand.injected(`SIGKILL broker and the last ${CUT_BYTES} bytes of ${DONATIONS} donations`);
  await broker.kill('SIGKILL');
  try {
    const segment = newestSegment(folder);
    truncateSync(segment, statSync(segment).size - CUT_BYTES);
  } finally {
    await broker.start();
    back();
  }
  const kept = ((await highsOf(stand, 'donations')).get(partition[0]) ?? 0) - (before.get(partition[0]) ?? 0);
  if (kept >= DONATIONS) throw new Error('nothing was lost');
  return sent.slice(Math.max(0, kept));
}

/** One after the other, so that each has a batch of its own in the log, in this order. */
async function sendDonations(stand: Stand): Promise<readonly Request[]> {
  const caller = new Caller(stand.product.httpUrl);
  const sent: Request[] = [];
  try {
    while (sent.length < DONATIONS) {
      const { request, status } = await probe(stand, caller, 'donation', stand.load.rooms[0] as string);
      if (status !== 201) throw new Error(`a donation was answered ${status}`);
      sent.push(request);
    }
  } finally {
    caller.close();
  }
  return sent;
}

async function expectQuiet(stand: Stand, history: History): Promise<void> {
  for (const line of await untilQuiet(stand.product, history, QUIET_MS)) stand.violated(`row 19: ${line}`);
}

function historyOf({ load }: Stand, without: readonly Request[] = []): History {
  return {
    ...{ seed: load.options.seed, seen: load.viewers, injections: [], rooms: load.rooms, poison: 0 },
    requests: load.requests.filter((request) => !without.includes(request)),
  };
}

const idsOf = (requests: readonly Request[]) => requests.map(({ id }) => id).join(' ');
