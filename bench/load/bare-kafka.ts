/**
 * `node bench/load/bare-kafka.ts`: one hop through Kafka by kafkajs alone, at a steady rate, produced in one process and
 * consumed in another. The least that anything built on kafkajs can take.
 */
import kafkajs from 'kafkajs';

export interface HopTold {
  readonly role: 'produce' | 'consume';
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly perSecond: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

export type HopAnswered =
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly delaysMs: readonly number[] }
  | { readonly kind: 'failed'; readonly why: string };

const TICK_MS = 1;
const VALUE_BYTES = 200;
const tell = (answer: HopAnswered) => void process.send?.(answer);
/** The machine's one monotonic clock, the same in every process, in ms. */
const clock = () => Number(process.hrtime.bigint()) / 1e6;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

process.on('disconnect', () => process.exit(0));
process.on('message', (told: HopTold) => {
  const run = told.role === 'produce' ? produce(told) : consume(told);
  run.catch((error: unknown) => tell({ kind: 'failed', why: String(error) }));
});

function connect({ brokers }: HopTold): kafkajs.Kafka {
  return new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING });
}

/** Sends what has come due while the request before was on its way: no timer, and one request at a time. */
async function produce(told: HopTold): Promise<void> {
  const producer = connect(told).producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  const total = Math.floor((told.perSecond * (told.warmUpMs + told.measureMs)) / 1_000);
  const from = clock() + 100;
  const dueAt = (place: number) => from + (place * 1_000) / told.perSecond;
  for (let place = 0; place < total;) {
    const messages = [];
    for (; place < total && clock() >= dueAt(place); place++) {
      messages.push({ key: String(place % 100), value: `${place} ${dueAt(place)} `.padEnd(VALUE_BYTES, '.') });
    }
    if (messages.length > 0) await producer.send({ topic: told.topic, acks: -1, messages });
    else await pause(TICK_MS);
  }
  await producer.disconnect();
}

async function consume(told: HopTold): Promise<void> {
  const total = Math.floor((told.perSecond * (told.warmUpMs + told.measureMs)) / 1_000);
  const uncounted = Math.floor((told.perSecond * told.warmUpMs) / 1_000);
  const consumer = connect(told).consumer({ groupId: `${told.topic}.hop`, maxWaitTimeInMs: 300 });
  const delaysMs: number[] = [];
  let seen = 0;
  consumer.on(consumer.events.GROUP_JOIN, () => tell({ kind: 'ready' }));
  await consumer.connect();
  await consumer.subscribe({ topic: told.topic, fromBeginning: true });
  await consumer.run({
    partitionsConsumedConcurrently: 4,
    eachBatch: async ({ batch }) => {
      for (const { value } of batch.messages) {
        const [place, due] = (value?.toString('latin1') ?? '').split(' ').map(Number);
        if (Number(place) >= uncounted) delaysMs.push(clock() - Number(due));
        if (++seen === total) tell({ kind: 'done', delaysMs });
      }
    },
  });
}
