// How a peer gets its events and says that it serves. JavaScript, as uws.mjs runs under a Node that reads no TypeScript.
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';

export function ports() {
  const [viewers = 0, feed = 0] = process.argv.slice(-2).map(Number);
  return { viewers, feed };
}

export function serveFeed(port, publish) {
  const { KAFKA_BROKERS: brokers = '', TOPIC: topic } = process.env;
  if (topic) return followTopic(brokers.split(','), topic, publish);
  createServer((socket) => createInterface({ input: socket }).on('line', publish)).listen(port, '127.0.0.1', ready);
}

export function ready() {
  process.stdin.on('end', () => process.exit(0)).resume();
  process.stdout.write('ready\n');
}

async function followTopic(brokers, topic, publish) {
  const { default: kafkajs } = await import('kafkajs');
  const client = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING });
  const consumer = client.consumer({ groupId: `${topic}.room`, minBytes: 1 });
  const forget = consumer.on(consumer.events.GROUP_JOIN, () => {
    forget();
    ready();
  });
  await consumer.connect();
  // The topic is new, so that its beginning is its end: what comes before the first fetch isn't missed either.
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    partitionsConsumedConcurrently: 4,
    eachBatch: async ({ batch }) => {
      for (const { value } of batch.messages) publish(value.toString());
    },
  });
}
