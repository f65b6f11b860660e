import { randomBytes } from 'node:crypto';
import { createConnection } from 'mysql2/promise';
import type { Stack } from '../scripts/stack/stack.ts';
import { numberOf, withAdmin, withScratch } from './support/admin.ts';
import { messageBacklog } from './support/backlog.ts';
import { bulkSendRate } from './support/bulk.ts';
import { drainRate } from './support/drain.ts';
import { alternate, atLeast, type Bench, type Figure, type Outcome } from './support/figure.ts';
import { openNamespace, type Namespace } from './support/namespace.ts';
import { show } from './support/numbers.ts';
import { replicaCaughtUp } from './support/replica.ts';

/** How fast a backlog of messages is saved by the real worker, against the same server fed by bare inserts. */
export const saveDrain: Figure = { id: 'C3', title: 'A backlog of messages', run };

const ROWS_AN_INSERT = 500;
/** Kafka partitions, and so transactions that the worker may have open at once. */
const PARTITIONS = 4;

interface Contestant {
  readonly name: string;
  rate(namespace: Namespace): Promise<number>;
}

async function run(bench: Bench): Promise<Outcome> {
  const stack = await bench.stack();
  const events = bench.quick ? 5_000 : 100_000;
  const rows = bench.quick ? 5_000 : 150_000;
  const save: Contestant = { name: 'save', rate: (namespace) => drainToTable(namespace, events) };
  const bare = [1, PARTITIONS].map((connections) => ({
    name: `500-row execute, ${connections === 1 ? '1 connection' : `${connections} connections`}`,
    rate: (namespace: Namespace) => bareInserts(namespace, rows, connections),
  }));
  const relay: Contestant = { name: 'queue-to-ws', rate: (namespace) => drainToFrames(namespace, events) };
  const produce: Contestant = {
    name: 'kafkajs, 1,000 a send',
    rate: (namespace) => bulkSendRate(namespace, PARTITIONS, messageBacklog(events)),
  };
  const all = [save, ...bare, relay, produce];
  const results = await alternate(bench.rounds, all, async (one) => {
    await replicaCaughtUp(stack);
    const rate = await inNamespace(stack, (namespace) => one.rate(namespace));
    bench.log(`${one.name}: ${show(rate)}/s`);
    return rate;
  });
  const values = (one: Contestant) => results.get(one) ?? [];
  const inserts = bare.map((one) => ({ name: one.name, values: values(one), target: atLeast(0.5) }));
  const sends = [{ name: produce.name, values: values(produce), target: atLeast(0.7) }];
  return {
    measures: [
      { what: 'SaveMessage: messages saved', unit: '/s', ours: values(save), peers: inserts },
      { what: 'SendMessageToQueue: frames on ws.out', unit: '/s', ours: values(relay), peers: sends },
    ],
    skipped: [],
    notes: [
      `${events} messages, ${PARTITIONS} partitions; SaveMessage writes three tables, the bare insert only one`,
      'after each drain the table held every message exactly once',
    ],
  };
}

async function inNamespace<T>(stack: Stack, work: (namespace: Namespace) => Promise<T>): Promise<T> {
  const namespace = await openNamespace(stack, PARTITIONS);
  try {
    return await work(namespace);
  } finally {
    await namespace.close();
  }
}

async function drainToTable(namespace: Namespace, events: number): Promise<number> {
  await namespace.produce(messageBacklog(events));
  const rooms = namespace.database('rooms');
  return withAdmin(namespace, async (admin) => {
    const counted = () => numberOf(admin, `SELECT COUNT(*) FROM ${rooms}.messages`);
    const done = async () => {
      // Counting rows costs the server as much as a batch of them; the history's own counter grows in step.
      const position = await numberOf(admin, `SELECT MAX(position) FROM ${rooms}.room_events`);
      return position < events ? position : counted();
    };
    const rate = drainRate('save', events, done);
    await Promise.all([namespace.start(['save']), rate]);
    const saved = await counted();
    if (saved !== events) throw new Error(`${saved} messages were saved of ${events}`);
    return rate;
  });
}

async function drainToFrames(namespace: Namespace, events: number): Promise<number> {
  await namespace.produce(messageBacklog(events));
  const rate = drainRate('queue-to-ws', events, () => recordsOn(namespace, 'ws.out'));
  await Promise.all([namespace.start(['queue-to-ws']), rate]);
  return rate;
}

async function recordsOn({ kafka }: Namespace, topic: 'ws.out'): Promise<number> {
  return (await kafka.ends(topic)).reduce((sum, { high }) => sum + Number(high), 0);
}

/** Rows a second by one prepared statement of 500 rows, autocommitted, into a table like the product's own. */
function bareInserts(namespace: Namespace, rows: number, connections: number): Promise<number> {
  return withScratch(namespace, async (database, url) => {
    await withAdmin(namespace, (admin) =>
      admin.query(`CREATE TABLE ${database}.messages LIKE ${namespace.database('rooms')}.messages`),
    );
    const opened = await Promise.all(Array.from({ length: connections }, () => createConnection({ uri: url })));
    const sql = `INSERT INTO messages (id, owner_id, from_uuid, from_type, to_uuid, donate_id, is_public, value,
      created_at, updated_at) VALUES ${Array(ROWS_AN_INSERT).fill('(?,?,?,?,?,?,?,?,?,?)').join(',')}`;
    let left = Math.ceil(rows / ROWS_AN_INSERT);
    const total = left * ROWS_AN_INSERT;
    const from = performance.now();
    await Promise.all(
      opened.map(async (connection) => {
        while (left-- > 0) await connection.execute(sql, Array.from({ length: ROWS_AN_INSERT }, messageRow).flat());
      }),
    );
    const seconds = (performance.now() - from) / 1_000;
    await Promise.all(opened.map((connection) => connection.end()));
    return total / seconds;
  });
}

const room = randomBytes(16);
const writer = randomBytes(16);
let place = 0;

/** Ids grow by time, as the product's do. */
function messageRow() {
  const id = randomBytes(16);
  id.writeUIntBE(Date.now(), 0, 6);
  id.writeUInt32BE(place++, 6);
  const now = new Date().toISOString().slice(0, 23).replace('T', ' ');
  const value = 'Nobody expects the fourth encore, and yet here we all are :)';
  return [id, room, writer, 'client', null, null, 1, value, now, now];
}
