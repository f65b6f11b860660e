/**
 * `node bench/load/bulk-send.ts`: sends records by kafkajs alone, as fast as it can. A process of its own, since the
 * product mends and rewrites parts of kafkajs in every process that it runs in; nothing of the product is imported here.
 */
import kafkajs from 'kafkajs';

/** As much of a record as kafkajs sends. */
export interface PlainRecord {
  readonly key: string | null;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
}

export type BulkTold =
  | { readonly kind: 'take'; readonly records: readonly PlainRecord[] }
  | {
      readonly kind: 'send';
      readonly brokers: readonly string[];
      readonly topic: string;
      readonly recordsARequest: number;
      readonly requestsAtOnce: number;
    };

export type BulkAnswered =
  | { readonly kind: 'taken' }
  | { readonly kind: 'done'; readonly perSecond: number }
  | { readonly kind: 'failed'; readonly why: string };

const messages: kafkajs.Message[] = [];
const tell = (answer: BulkAnswered) => void process.send?.(answer);

process.on('disconnect', () => process.exit(0));
process.on('message', (told: BulkTold) => {
  if (told.kind === 'send') {
    send(told).then(tell, (error: unknown) => tell({ kind: 'failed', why: String(error) }));
    return;
  }
  messages.push(...told.records.map((record) => ({ ...record, headers: { ...record.headers } })));
  tell({ kind: 'taken' });
});

async function send(told: Extract<BulkTold, { kind: 'send' }>): Promise<BulkAnswered> {
  const client = new kafkajs.Kafka({ brokers: [...told.brokers], logLevel: kafkajs.logLevel.NOTHING });
  const producer = client.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  const from = performance.now();
  let next = 0;
  const sendOn = async () => {
    while (next < messages.length) {
      const request = messages.slice(next, next + told.recordsARequest);
      next += request.length;
      await producer.send({ topic: told.topic, acks: -1, messages: request });
    }
  };
  await Promise.all(Array.from({ length: told.requestsAtOnce }, sendOn));
  const seconds = (performance.now() - from) / 1_000;
  await producer.disconnect();
  return { kind: 'done', perSecond: messages.length / seconds };
}
