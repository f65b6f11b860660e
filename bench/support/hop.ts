import type { HopAnswered, HopTold } from '../load/bare-kafka.ts';
import { type Generator, startGenerator } from './children.ts';
import type { Namespace } from './namespace.ts';
import { withTopic } from './topic.ts';

/** How fast posts come due, and for how long. */
export interface Pace {
  readonly perSecond: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

/** Delays of one hop through Kafka by kafkajs alone, in ms. @throws when it fails or loses a record */
export function hopDelays(namespace: Namespace, partitions: number, pace: Pace): Promise<readonly number[]> {
  return withTopic(namespace, partitions, async (topic) => {
    const consumer = startGenerator<HopTold, HopAnswered>('load/bare-kafka.ts');
    const producer = startGenerator<HopTold, HopAnswered>('load/bare-kafka.ts');
    const told = { brokers: namespace.brokers, topic, ...pace };
    try {
      const done = finished(consumer);
      const ready = consumer.next(({ kind }) => kind === 'ready');
      consumer.tell({ role: 'consume', ...told });
      await Promise.race([ready, done]);
      producer.tell({ role: 'produce', ...told });
      return await Promise.race([done, finished(producer)]);
    } finally {
      await Promise.all([consumer.stop(), producer.stop()]);
    }
  });
}

async function finished(generator: Generator<HopTold, HopAnswered>): Promise<readonly number[]> {
  const answer = await generator.next(({ kind }) => kind === 'done' || kind === 'failed');
  if (answer.kind === 'done') return answer.delaysMs;
  throw new Error(answer.kind === 'failed' ? answer.why : 'the load generator said something else');
}
