import kafkajs from 'kafkajs';
import type { Post } from './chat-body.ts';

/** Resolves once every in-sync replica has all of them. */
export type Send = (posts: readonly Post[]) => Promise<void>;

/** kafkajs as it comes: sends posts to the topic that we were told, keyed as the product keys them. */
export async function connectProducer(): Promise<Send> {
  const brokers = (process.env['KAFKA_BROKERS'] ?? '').split(',');
  const topic = process.env['TOPIC'] ?? '';
  const client = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING });
  const producer = client.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  return async (posts) => {
    const messages = posts.map((post) => ({ key: post.caller.owner, value: JSON.stringify(post) }));
    await producer.send({ topic, acks: -1, messages });
  };
}
