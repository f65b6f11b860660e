import { createHash } from 'node:crypto';
import { dumpTables } from '../../services/rooms/testing/dump.ts';
import type { InRecord } from '../../shared/kafka.ts';
import type { Stand } from '../fault.ts';
import type { Random } from '../random.ts';
import { expectQuiet } from './quiet.ts';
import { copyOf, EVENT_TOPICS, goodRecords, writeRecords } from './records.ts';

const TIMES = 10;
const AFTERWARDS_MS = 5_000;
const RECORDS_A_PARTITION = 1_000;

/**
 * The records of every topic come ten times more, into the same databases: in order within a key, since Kafka keeps
 * that, and shuffled across keys. Not one byte of any table changes.
 */
export async function replayAll(stand: Stand): Promise<void> {
  await stand.load.pause();
  await expectQuiet(stand, '30', 'before the replay');
  const before = await digestsOf(stand);
  const records = await newestRecords(stand);
  const { back } = stand.injected(`${records.length} records ${TIMES} times more`);
  await writeRecords(stand, shuffled(records, stand.random).map(copyOf));
  back();
  await expectQuiet(stand, '30', 'after the replay');
  const after = await digestsOf(stand);
  for (const [table, digest] of before) {
    if (after.get(table) !== digest) stand.violated(`row 30: ${table} is another one after ${TIMES} replays`);
  }
  stand.say(`  ${records.length} records came ${TIMES} times more; sha256 of ${before.size} tables`);
  stand.say(`    before ${sha256([...before].join())}`);
  stand.say(`    after  ${sha256([...after].join())}`);
  stand.load.resume();
  await stand.pause(AFTERWARDS_MS);
}

/** Of each partition the newest: after an hour of other faults, ten times everything would take another one. */
async function newestRecords(stand: Stand): Promise<InRecord[]> {
  const records = await Promise.all(EVENT_TOPICS.map((topic) => goodRecords(stand, topic)));
  const byPartition = Map.groupBy(records.flat(), ({ topic, partition }) => `${topic}/${partition}`);
  return [...byPartition.values()].flatMap((some) => some.slice(-RECORDS_A_PARTITION));
}

/** sha256 of each table's rows, by `<database>.<table>`; the runtime's own tables left out, as the tests of the contexts do. */
async function digestsOf({ product: { rooms, ledger } }: Stand): Promise<ReadonlyMap<string, string>> {
  const digests = new Map<string, string>();
  for (const [name, database] of Object.entries({ rooms, ledger })) {
    for (const [table, rows] of Object.entries(await dumpTables(database)))
      digests.set(`${name}.${table}`, sha256(rows.join('\n')));
  }
  return digests;
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** All of them so many times: each key's in their order, and over again; which key is next is up to chance. */
function shuffled(records: readonly InRecord[], random: Random): InRecord[] {
  const byKey = Map.groupBy(records, ({ topic, key }) => `${topic} ${key}`);
  const turns: string[] = [];
  for (const [key, { length }] of byKey) for (let at = 0; at < length * TIMES; at++) turns.push(key);
  for (let at = turns.length - 1; at > 0; at--) {
    const other = random.below(at + 1);
    [turns[at], turns[other]] = [turns[other] as string, turns[at] as string];
  }
  const places = new Map<string, number>();
  return turns.map((key) => {
    const own = byKey.get(key) as InRecord[];
    const place = places.get(key) ?? 0;
    places.set(key, place + 1);
    return own[place % own.length] as InRecord;
  });
}
