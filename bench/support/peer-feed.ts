import { once } from 'node:events';
import { Socket } from 'node:net';
import kafkajs from 'kafkajs';
import { choosePort } from '../../scripts/stack/ports.ts';
import { owner } from './room-event.ts';
import { makeTopic } from './topic.ts';

/** The way that events take to a peer. */
export interface PeerFeed {
  /** What the peer is told: the port to listen on, its last argument, and variables. */
  readonly port: number;
  readonly env: Readonly<Record<string, string>>;
  /** To be called once the peer is ready. */
  connect(): Promise<void>;
  /** Hands over events as JSON text. */
  publish(events: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

export type OpenFeed = () => Promise<PeerFeed>;

/** As many as the topic has that our gateway reads. */
const PARTITIONS = 4;

/** A local TCP socket, one event a line: cheaper than the Kafka topic that our gateway reads. */
export async function openSocketFeed(): Promise<PeerFeed> {
  const port = await choosePort();
  const socket = new Socket();
  return {
    port,
    // An empty one, as the bench itself may have been started with one.
    env: { TOPIC: '' },
    async connect() {
      socket.connect({ host: '127.0.0.1', port });
      await once(socket, 'connect');
      socket.setNoDelay(true);
    },
    async publish(events) {
      if (!socket.write(events.map((event) => `${event}\n`).join(''))) await once(socket, 'drain');
    },
    close: async () => void socket.destroy(),
  };
}

/**
 * The same Kafka that our gateway reads, in a topic of the peer's own: one record an event, all with the room's key and
 * so in one partition, as ours. Resolved once every in-sync replica has them, as ours too.
 */
export async function openKafkaFeed(brokers: readonly string[]): Promise<PeerFeed> {
  const { topic, remove } = await makeTopic('bench', brokers, PARTITIONS);
  const client = new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING });
  const producer = client.producer({
    allowAutoTopicCreation: false,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  });
  return {
    port: 0,
    env: { KAFKA_BROKERS: brokers.join(','), TOPIC: topic },
    connect: () => producer.connect(),
    async publish(events) {
      await producer.send({ topic, acks: -1, messages: events.map((value) => ({ key: owner, value })) });
    },
    async close() {
      await producer.disconnect();
      await remove();
    },
  };
}
