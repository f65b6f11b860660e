import { randomUUID } from 'node:crypto';
import kafkajs, { type Admin, type IHeaders, type Producer } from 'kafkajs';
import { listDeadLetters } from '../../shared/dead-letters.ts';
import { header } from '../../shared/event.ts';
import { isEventName } from '../../shared/events/catalogue.ts';
import { groupOnBroker } from '../../shared/groups.ts';
import type { InRecord } from '../../shared/kafka.ts';
import type { TopicName } from '../../shared/topics.ts';
import { listeners } from '../../workers/listeners.ts';
import { withKafka } from '../check/quiet.ts';
import type { Stand } from '../fault.ts';
import { watchedGroups } from '../groups.ts';
import { nameOnBroker, withAdmin } from './broker-admin.ts';
import { poisonFrames } from './poison-frames.ts';
import { expectQuiet } from './quiet.ts';
import { recordsFrom } from './records.ts';

/** Header of what is written here, with its kind. */
const POISON = 'chaos_poison';

/** An event of each topic, chosen so that every group hears one. */
const TEMPLATES: readonly (readonly [TopicName, string])[] = [
  ['rooms', 'AddNewMessage'],
  ['donations', 'AddNewDonate'],
  ['donations', 'ReceiveMoney'],
  ['ledger', 'MoneyDeposited'],
];

interface Spoilt {
  readonly value: string | Buffer | null;
  readonly headers?: IHeaders;
}

/**
 * What can be wrong with a record. An unknown *version* is left out: it is no poison but a deploy in the wrong order, for
 * which the partition waits, with an alarm, until somebody has looked.
 */
const KINDS: Readonly<Record<string, (good: InRecord) => Spoilt>> = {
  'bad JSON': () => ({ value: '{"broken":' }),
  'no UTF-8': () => ({ value: Buffer.from([0x7b, 0xff, 0xfe, 0x7d]) }),
  'null value': () => ({ value: null }),
  'wrong type': (good) => ({ value: JSON.stringify({ ...payloadOf(good), [firstFieldOf(good)]: 5 }) }),
  '1 MB': (good) => ({ value: JSON.stringify({ ...payloadOf(good), ballast: 'x'.repeat(1_000_000) }) }),
  'the key __proto__': (good) => ({ value: `{"__proto__":{"polluted":true},${String(good.value).slice(1)}` }),
  'no id': (good) => ({ value: good.value, headers: { [header.id]: 'none' } }),
  'no schema': (good) => ({ value: good.value, headers: { [header.schema]: 'urn:somebody:else' } }),
  'unknown event': (good) => ({ value: good.value, headers: { [header.type]: 'NobodyHearsOfThis' } }),
};

const payloadOf = ({ value }: InRecord) => JSON.parse(String(value)) as Record<string, unknown>;
const firstFieldOf = (good: InRecord) => Object.keys(payloadOf(good))[0] ?? '';

/** A record written, with who has to set it aside; nobody where it is no event of ours. */
interface Written {
  readonly what: string;
  readonly place: string;
  readonly groups: readonly string[];
}

/**
 * Poison into every topic, under keys that are in use: each hearing group sets it aside, once, and goes on. First while
 * all is quiet, so that the time which the next record of the partition takes is the poison's doing; then under load.
 */
export async function poisonTopics(stand: Stand): Promise<void> {
  const brokers = stand.product.servers.KAFKA_BROKERS.split(',');
  const kafka = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING });
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  const written: Written[] = [];
  await stand.load.pause();
  await producer.connect();
  try {
    await expectQuiet(stand, '32', 'before the poison');
    await withAdmin(stand, async (admin) => {
      const slowestMs = await poisonAll(stand, { producer, admin }, written, NEXT_WITHIN_MS);
      stand.say(`  behind ${written.length} poisoned records the next took ${slowestMs} ms at most`);
      stand.load.resume();
      await poisonAll(stand, { producer, admin }, written, NEXT_LIMIT_MS);
    });
    await poisonFrames(stand, producer);
  } finally {
    await producer.disconnect();
  }
  await checkLetters(stand, written);
  stand.say(`  ${written.filter(({ groups }) => groups.length > 0).length} of ${written.length} were for somebody`);
}

interface Tools {
  readonly producer: Producer;
  readonly admin: Admin;
}

/** Each kind as each template. @returns the longest time that the next record took, ms */
async function poisonAll(stand: Stand, tools: Tools, written: Written[], withinMs: number): Promise<number> {
  let slowestMs = 0;
  for (const [topic, name] of TEMPLATES) {
    const good = (await recordsFrom(stand, topic)).findLast((record) => isGood(record, name));
    if (!good) throw new Error(`no ${name} was said yet`);
    for (const kind of Object.keys(KINDS)) {
      const { tookMs, ...one } = await poison(stand, tools, good, kind);
      written.push(one);
      slowestMs = Math.max(slowestMs, tookMs);
      if (tookMs > withinMs) stand.violated(`row 32: behind ${one.what} the next record took ${tookMs} ms`);
    }
  }
  return slowestMs;
}

/** One that was said by the product itself, and not one of ours. */
function isGood({ headers }: InRecord, name: string): boolean {
  return headers[header.type] === name && headers[POISON] === undefined;
}

const NEXT_WITHIN_MS = 2_000;
const NEXT_LIMIT_MS = 30_000;

/** Writes one, and behind it a repeat of the good one, which has no effect. */
async function poison(
  stand: Stand,
  { producer, admin }: Tools,
  good: InRecord,
  kind: string,
): Promise<Written & { tookMs: number }> {
  const spoilt = (KINDS[kind] as (good: InRecord) => Spoilt)(good);
  const headers: IHeaders = { ...good.headers, [header.id]: randomUUID(), [POISON]: kind, ...spoilt.headers };
  const topic = nameOnBroker(stand, good.topic);
  const what = `${kind} as ${good.headers[header.type]} in ${good.topic}`;
  stand.injected(`poison: ${what}`);
  const messages = [
    { key: good.key, value: spoilt.value, headers },
    { key: good.key, value: good.value, headers: { ...good.headers } },
  ];
  const [result] = await producer.send({ topic, acks: -1, messages });
  const { partition, baseOffset } = result ?? {};
  if (partition === undefined || baseOffset === undefined) throw new Error(`${topic} gave no offset`);
  const sentAtMs = performance.now();
  const name = String(headers[header.type]);
  const hearing = isEventName(name) ? listeners[name].map(({ group }) => group) : [];
  const groups = hearing.filter((group) => watchedGroups.includes(group));
  if (groups.length > 0) stand.poisoned(1);
  const next = BigInt(baseOffset) + 1n;
  for (const group of groups) {
    while ((await committed(stand, admin, group, good.topic, partition)) <= next) {
      if (performance.now() > sentAtMs + NEXT_LIMIT_MS) break;
      await stand.pause(50);
    }
  }
  const tookMs = groups.length > 0 ? Math.round(performance.now() - sentAtMs) : 0;
  return { what, place: `${good.topic}/${partition}/${baseOffset}`, groups, tookMs };
}

async function committed(
  stand: Stand,
  admin: Admin,
  group: string,
  topic: TopicName,
  partition: number,
): Promise<bigint> {
  const groupId = groupOnBroker(stand.product.namespace, group);
  const [answer] = await admin.fetchOffsets({ groupId, topics: [nameOnBroker(stand, topic)] });
  return BigInt(answer?.partitions.find((one) => one.partition === partition)?.offset ?? -1);
}

const MAXIMUM_LETTERS = 10_000;

async function checkLetters(stand: Stand, written: readonly Written[]): Promise<void> {
  const letters = await withKafka(stand.product, (kafka) => listDeadLetters(kafka, MAXIMUM_LETTERS));
  const byPlace = Map.groupBy(letters, ({ source }) => `${source.topic}/${source.partition}/${source.offset}`);
  for (const { what, place, groups } of written) {
    const found = (byPlace.get(place) ?? []).map(({ group }) => group).sort();
    const expected = [...groups].sort();
    if (found.join() !== expected.join())
      stand.violated(
        `row 32: ${what} was set aside by ${found.join() || 'nobody'}, not ${expected.join() || 'nobody'}`,
      );
  }
}
