import type { Connection, RowDataPacket } from 'mysql2/promise';
import { header } from '../../shared/event.ts';
import type { InRecord } from '../../shared/kafka.ts';
import type { FleetProcess } from '../../scripts/fleet.ts';
import type { Stand } from '../fault.ts';
import { endsOf, goodRecords, recordsFrom } from './records.ts';
import { sumOfMetric } from './servers.ts';
import { withSession } from './sessions.ts';

const ROWS = 100_000;
const ROWS_PER_INSERT = 1_000;
const TEMPLATES = 2_000;
const HELD_MS = 60_000;
const DRAIN_LIMIT_MS = 300_000;
/** Garbage that waits for its collector included; less than the backlog itself would be in memory, at 2 KB a record. */
const MEMORY_GROWTH_MIB = 144;
const MEBIBYTE = 1_048_576;
const HELD = ['nodejs_heap_size_used_bytes', 'nodejs_external_memory_bytes'];
/** On copies of events: which one of the backlog it is. */
const COPY = 'chaos_copy';

/**
 * Nobody relays for a minute while the load goes on, and 100,000 more rows come into the ledger's outbox: copies of events
 * that were said before, without effect. Then it is drained, in the order of the rows, and no process grows by it.
 */
export async function holdUpOutbox(stand: Stand): Promise<void> {
  const hosts = stand.processes('services', 'save', 'transfer-money', 'sponsor', 'goal', 'queue-to-ws');
  const before = await endsOf(stand, 'donations');
  const memory = new Memory(hosts);
  await memory.look();
  let order: ReadonlyMap<string, number> = new Map();
  const { back } = stand.injected('the relay locks of rooms and ledger held');
  await withSession(stand.product.servers.DATABASE_URL, async (session) => {
    for (const { name } of [stand.product.rooms, stand.product.ledger]) await seizeLock(stand, session, name);
    const until = performance.now() + HELD_MS;
    await insertCopies(stand, session);
    await stand.pause(Math.max(0, until - performance.now()));
    order = await waitingIn(stand, session);
  });
  back();
  const tookMs = await untilDrained(stand, [...order.values()].at(-1) ?? 0, memory);
  stand.say(`  ${order.size} rows had piled up; drained in ${Math.round(tookMs / 1_000)} s`);
  const [most] = memory.growths();
  stand.say(`  ${most?.text}, more than any other`);
  for (const { mebibytes, text } of memory.growths())
    if (mebibytes > MEMORY_GROWTH_MIB) stand.violated(`row 42: ${text}`);
  await checkOrder(stand, await recordsFrom(stand, 'donations', before), order);
}

/** Waits in the queue for the lock while whoever holds it is thrown out, until it is ours. */
async function seizeLock(stand: Stand, session: Connection, database: string): Promise<void> {
  const lock = `relay:${database}`;
  let isAnswered = false;
  const waiting = session
    .query<RowDataPacket[]>('SELECT GET_LOCK(?, 60) AS held', [lock])
    .then(([[row]]) => Number(row?.['held']) === 1)
    .finally(() => (isAnswered = true));
  await withSession(stand.product.servers.DATABASE_URL, async (other) => {
    while (!isAnswered) {
      const [[row]] = await other.query<RowDataPacket[]>('SELECT IS_USED_LOCK(?) AS holder', [lock]);
      const holder = Number(row?.['holder'] ?? 0);
      if (holder > 0 && holder !== session.threadId) await other.query(`KILL ${holder}`).catch(() => undefined); // it went by itself
      await stand.pause(50);
    }
  });
  if (!(await waiting)) throw new Error(`${lock} could not be had`);
}

async function insertCopies(stand: Stand, session: Connection): Promise<void> {
  const said = (await goodRecords(stand, 'donations')).filter(
    ({ headers }) => headers[header.source] === 'rostra/transfer-money' && headers[COPY] === undefined,
  );
  const templates = said.slice(-TEMPLATES);
  if (templates.length === 0) throw new Error('no donation was settled yet');
  for (let from = 0; from < ROWS; from += ROWS_PER_INSERT) {
    const rows = Array.from({ length: ROWS_PER_INSERT }, (_, at) => {
      const { topic, key, headers, value } = templates[(from + at) % templates.length] as InRecord;
      const copy = `copy-${from + at}`;
      return [copy, topic, key, JSON.stringify({ ...headers, [COPY]: copy }), String(value)];
    });
    await session.query(
      `INSERT INTO \`${stand.product.ledger.name}\`.outbox (event_id, topic, record_key, headers, payload) VALUES ?`,
      [rows],
    );
  }
}

/** Event id → its row's id, of all that waits. */
async function waitingIn(stand: Stand, session: Connection): Promise<ReadonlyMap<string, number>> {
  const [rows] = await session.query<RowDataPacket[]>(
    `SELECT id, event_id FROM \`${stand.product.ledger.name}\`.outbox ORDER BY id`,
  );
  return new Map(rows.map((row) => [String(row['event_id']), Number(row['id'])]));
}

async function untilDrained(stand: Stand, lastId: number, memory: Memory): Promise<number> {
  const fromMs = performance.now();
  for (;;) {
    await memory.look();
    const [row] = await stand.product.ledger.select<{ number: string | number }>(
      'SELECT COUNT(*) AS number FROM outbox WHERE id <= ?',
      [lastId],
    );
    const tookMs = performance.now() - fromMs;
    if (Number(row?.number) === 0) return tookMs;
    if (tookMs > DRAIN_LIMIT_MS) {
      stand.violated(`row 42: ${row?.number} rows were still in the outbox after ${DRAIN_LIMIT_MS / 1_000} s`);
      return tookMs;
    }
    await stand.pause(1_000);
  }
}

/** In each partition what was in the outbox stands in the order of its rows; an event that is sent again counts once. */
async function checkOrder(
  stand: Stand,
  records: readonly InRecord[],
  order: ReadonlyMap<string, number>,
): Promise<void> {
  const last = new Map<number, number>();
  const seen = new Set<string>();
  let misplaced = 0;
  for (const { headers, partition } of records) {
    const mark = headers[COPY] ?? headers[header.id] ?? '';
    const id = order.get(mark);
    if (id === undefined || seen.has(mark)) continue;
    seen.add(mark);
    if (id < (last.get(partition) ?? 0)) misplaced++;
    last.set(partition, id);
  }
  stand.say(`  ${seen.size} of them are in the log of donations, ${misplaced} out of order`);
  if (misplaced > 0) stand.violated(`row 42: ${misplaced} events were relayed out of the order of their rows`);
  if (seen.size < ROWS) stand.violated(`row 42: only ${seen.size} of ${order.size} rows reached the log`);
}

/**
 * The most that was alive or not yet collected in each process, against what was at first. Not its resident memory: after
 * any burst V8 keeps pages for the next one (200 MiB after 100,000 records, and no more after 200,000 and 300,000).
 */
class Memory {
  readonly #processes: readonly FleetProcess[];
  readonly #first = new Map<FleetProcess, number>();
  readonly #most = new Map<FleetProcess, number>();

  constructor(processes: readonly FleetProcess[]) {
    this.#processes = processes;
  }

  async look(): Promise<void> {
    await Promise.all(
      this.#processes.map(async (process) => {
        const parts = await Promise.all(HELD.map((metric) => sumOfMetric([process], metric)));
        const heldMiB = Math.round(parts.reduce((sum, part) => sum + part, 0) / MEBIBYTE);
        if (heldMiB === 0) return; // it did not answer
        if (!this.#first.has(process)) this.#first.set(process, heldMiB);
        this.#most.set(process, Math.max(heldMiB, this.#most.get(process) ?? 0));
      }),
    );
  }

  /** Of each process, the one that grew most first. */
  growths(): readonly { readonly mebibytes: number; readonly text: string }[] {
    return [...this.#most]
      .map(([process, most]) => {
        const first = this.#first.get(process) ?? most;
        return {
          mebibytes: most - first,
          text: `${process.name}.${process.instance + 1} grew from ${first} to ${most} MiB`,
        };
      })
      .sort((one, other) => other.mebibytes - one.mebibytes);
  }
}
