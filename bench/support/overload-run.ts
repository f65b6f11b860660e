import { setTimeout as sleep } from 'node:timers/promises';
import type { RowDataPacket } from 'mysql2/promise';
import { groupOnBroker, groups } from '../../shared/groups.ts';
import { uuidToBytes } from '../../shared/ids.ts';
import type { PhasesAnswered, PhasesTold } from '../load/phases.ts';
import type { LogAnswered, LogTold } from '../load/room-log.ts';
import { withAdmin } from './admin.ts';
import type { Generator } from './children.ts';
import type { Namespace } from './namespace.ts';
import { missing, type Posts } from './overload-figures.ts';
import type { Phase } from './phase.ts';
import { processorSeconds, watchMemory } from './process-figures.ts';

const DRAIN_MS = 120_000;
const POLL_MS = 250;

export type Poster = Generator<PhasesTold, PhasesAnswered>;
export type Viewer = Generator<LogTold, LogAnswered>;

/** Says something to a generator and gives back its answer. @throws with why it could not do it */
export async function ask<Told, Answered extends { readonly kind: string }, Kind extends Answered['kind']>(
  generator: Pick<Generator<Told, Answered>, 'tell' | 'next'>,
  message: Told,
  kind: Kind,
): Promise<Extract<Answered, { readonly kind: Kind }>> {
  const isAnswer = (one: Answered): one is Extract<Answered, { readonly kind: Kind }> => one.kind === kind;
  const next = generator.next((one) => isAnswer(one) || one.kind === 'failed');
  generator.tell(message);
  const answer = await next;
  if (isAnswer(answer)) return answer;
  throw new Error('why' in answer ? String(answer.why) : `"${kind}" was not answered`);
}

/** What was posted, and what was seen of the processes from the phase `watched` on. */
export interface Posted extends Omit<Posts, 'arrivedMs'> {
  /** How many bytes each process held at most beyond what it held when that phase began. */
  readonly grewBytes: readonly number[];
  /** Of a core, by the poster in that phase. */
  readonly busy: number;
}

export async function postPhases(
  poster: Poster,
  phases: readonly Phase[],
  pids: readonly number[],
  watched: number,
): Promise<Posted> {
  let memory: ReturnType<typeof watchMemory> | undefined;
  let before = NaN;
  let busy = NaN;
  poster.onAnswer((one) => {
    if (one.kind !== 'begun') return;
    if (one.phase === watched) {
      memory = watchMemory(pids);
      before = processorSeconds(poster.pid);
    }
    const seconds = (phases[watched]?.forMs ?? NaN) / 1_000;
    if (one.phase === watched + 1) busy = (processorSeconds(poster.pid) - before) / seconds;
  });
  try {
    const { dueMs, statuses } = await ask(poster, { kind: 'post', phases }, 'done');
    return { dueMs, statuses, busy, grewBytes: memory?.stop() ?? [] };
  } finally {
    memory?.stop();
  }
}

/** Waits until the frames are sent and the messages saved. @throws after two minutes */
export async function drained({ kafka, name }: Namespace): Promise<void> {
  const lag = async () => {
    const lags = (['queue-to-ws', 'save'] as const).map((group) =>
      kafka.lag(groupOnBroker(name, group), groups[group].topics),
    );
    return (await Promise.all(lags)).reduce((sum, one) => sum + one, 0n);
  };
  const deadline = performance.now() + DRAIN_MS;
  for (let left = await lag(); left > 0n; left = await lag()) {
    if (performance.now() > deadline) throw new Error(`${left} records still waited after ${DRAIN_MS} ms`);
    await sleep(POLL_MS);
  }
}

/** When each post's frame came. @throws when one that was answered 201 never does, or any comes twice */
export async function arrivals(viewer: Viewer, posts: Omit<Posts, 'arrivedMs'>): Promise<Posts> {
  const deadline = performance.now() + DRAIN_MS;
  for (;;) {
    const { arrivedMs, doubled } = await ask(viewer, { kind: 'report' }, 'report');
    if (doubled > 0) throw new Error(`${doubled} frames came twice`);
    const all = { ...posts, arrivedMs };
    const lost = missing(all, (place) => typeof arrivedMs[place] === 'number');
    if (lost.length === 0) return all;
    if (performance.now() > deadline) throw new Error(`${lost.length} messages were answered 201 and never shown`);
    await sleep(POLL_MS);
  }
}

/** @throws when a message that was answered 201 is not in the room's history, or one is there twice */
export async function assertSaved(namespace: Namespace, owner: string, posts: Posts): Promise<void> {
  const table = `${namespace.database('rooms')}.messages`;
  const rows = await withAdmin(namespace, async (admin) => {
    const sql = `SELECT value FROM ${table} WHERE owner_id = ? AND value LIKE 'due %'`;
    const [found] = await admin.query<RowDataPacket[]>(sql, [uuidToBytes(owner)]);
    return found.map(({ value }) => Number(String(value).slice('due '.length)));
  });
  const saved = new Set(rows);
  if (saved.size !== rows.length) throw new Error(`${rows.length - saved.size} messages were saved twice`);
  const lost = missing(posts, (place) => saved.has(place));
  if (lost.length > 0) throw new Error(`${lost.length} messages were answered 201 and never saved`);
}
