import './kafka-repair.ts';
import './kafka-produce.ts';
import kafkajs, { type ICustomPartitioner, type Message, type TopicMessages } from 'kafkajs';
import { AppError, errorText } from './errors.ts';
import type { OutRecord, Producer } from './kafka.ts';
import type { KafkaContext } from './kafka-client.ts';
import { partitionOf } from './partition.ts';

const MAXIMUM_ROUNDS = 3;

/**
 * A producer that takes nothing for acknowledged which the broker has not named. Where one of several brokers fails,
 * kafkajs 2.2.4 asks again, but no broker that has answered this call already: what one of those has meanwhile become the
 * leader of is left out, and the call succeeds all the same. So each record keeps the partition that was first chosen
 * for it, and whatever partition is missing from the answer is sent again.
 */
export async function createProducer(context: KafkaContext): Promise<Producer> {
  const partitions = new WeakMap<Message, number>();
  const producer = context.client.producer({
    allowAutoTopicCreation: false,
    createPartitioner: stickyPartitioner(partitions),
    retry: { initialRetryTime: 50, maxRetryTime: 500, retries: 8 },
  });
  await producer.connect();
  return {
    async send(records) {
      let left = byTopic(context, records);
      try {
        for (let round = 0; round < MAXIMUM_ROUNDS && left.length > 0; round++) {
          const answered = await producer.sendBatch({ acks: -1, timeout: 5_000, topicMessages: left });
          left = unanswered(left, answered, partitions);
        }
      } catch (cause) {
        throw new AppError('broker-unconfirmed', `the broker did not confirm: ${errorText(cause)}`, {
          retriable: true,
          cause,
        });
      }
      if (left.length === 0) return;
      const names = left.map(({ topic }) => topic).join();
      throw new AppError('broker-unconfirmed', `partitions of ${names} had no answer`, { retriable: true });
    },
    close: () => producer.disconnect(),
  };
}

/**
 * kafkajs chooses again at each try, and a record without a key might then be looked for where it never went. For the
 * others it computes the hash with big integers, which takes longer than all else that a record needs.
 */
function stickyPartitioner(partitions: WeakMap<Message, number>): ICustomPartitioner {
  return () => {
    const choose = kafkajs.Partitioners.DefaultPartitioner();
    return (args) => {
      const { message, partitionMetadata } = args;
      const known = partitions.get(message);
      if (known !== undefined) return known;
      const { key } = message;
      const partition = typeof key === 'string' ? partitionOf(key, partitionMetadata.length) : choose(args);
      partitions.set(message, partition);
      return partition;
    };
  };
}

/** The messages whose partition the answer does not name. */
export function unanswered(
  sent: readonly TopicMessages[],
  answered: readonly { readonly topicName: string; readonly partition: number }[],
  partitions: Pick<WeakMap<Message, number>, 'get'>,
): TopicMessages[] {
  const named = new Set(answered.map(({ topicName, partition }) => `${topicName}/${partition}`));
  return sent.flatMap(({ topic, messages }) => {
    const left = messages.filter((message) => !named.has(`${topic}/${partitions.get(message)}`));
    return left.length > 0 ? [{ topic, messages: left }] : [];
  });
}

function byTopic(context: KafkaContext, records: readonly OutRecord[]): TopicMessages[] {
  return [...Map.groupBy(records, (record) => record.topic)].map(([topic, group]) => ({
    topic: context.onBroker(topic),
    messages: group.map(({ key, value, headers }) => ({ key, value, headers })),
  }));
}
