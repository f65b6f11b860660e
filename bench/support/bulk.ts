import type { OutRecord } from '../../shared/kafka.ts';
import type { BulkAnswered, BulkTold } from '../load/bulk-send.ts';
import { startGenerator } from './children.ts';
import { chunks } from './chunks.ts';
import type { Namespace } from './namespace.ts';
import { withTopic } from './topic.ts';

const RECORDS_A_REQUEST = 1_000;
const REQUESTS_AT_ONCE = 4;

/** Records a second by kafkajs alone, in a process where nothing of the product is loaded. @throws when a send fails */
export function bulkSendRate(namespace: Namespace, partitions: number, records: readonly OutRecord[]): Promise<number> {
  return withTopic(namespace, partitions, async (topic) => {
    const sender = startGenerator<BulkTold, BulkAnswered>('load/bulk-send.ts');
    try {
      for (const chunk of chunks(records, RECORDS_A_REQUEST)) {
        const taken = sender.next(({ kind }) => kind === 'taken');
        sender.tell({
          kind: 'take',
          records: chunk.map(({ key, value, headers }) => ({ key, value: textOf(value), headers })),
        });
        await taken;
      }
      const ended = sender.next(({ kind }) => kind === 'done' || kind === 'failed');
      const { brokers } = namespace;
      sender.tell({
        kind: 'send',
        brokers,
        topic,
        recordsARequest: RECORDS_A_REQUEST,
        requestsAtOnce: REQUESTS_AT_ONCE,
      });
      const answer = await ended;
      if (answer.kind === 'done') return answer.perSecond;
      throw new Error(answer.kind === 'failed' ? answer.why : 'the sender said something else');
    } finally {
      await sender.stop();
    }
  });
}

const textOf = (value: OutRecord['value']) => (value === null ? '' : value.toString());
