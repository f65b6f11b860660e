/**
 * The least that a Node server can do for the two posts where they must last: node:http, our own verifier, ajv, and
 * kafkajs as it comes. What arrives while two requests are on their way leaves together, on the next turn of the loop.
 */
import kafkajs from 'kafkajs';
import { type Post, servePosts } from './post-server.ts';

const REQUESTS_IN_FLIGHT = 2;

interface Waiting {
  readonly message: kafkajs.Message;
  resolve(): void;
  reject(error: unknown): void;
}

const brokers = (process.env['KAFKA_BROKERS'] ?? '').split(',');
const topic = process.env['TOPIC'] ?? '';
const client = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING });
const producer = client.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
await producer.connect();

/** As many at most as there are requests, for each waits for its own. */
let queue: Waiting[] = [];
let inFlight = 0;
let isPlanned = false;

servePosts(publish);

/** Resolves once every in-sync replica has it. */
function publish(post: Post): Promise<void> {
  return new Promise((resolve, reject) => {
    queue.push({ message: { key: post.caller.owner, value: JSON.stringify(post) }, resolve, reject });
    plan();
  });
}

function plan(): void {
  if (isPlanned || queue.length === 0 || inFlight >= REQUESTS_IN_FLIGHT) return;
  isPlanned = true;
  setImmediate(() => {
    isPlanned = false;
    const request = queue;
    queue = [];
    void send(request);
  });
}

async function send(request: readonly Waiting[]): Promise<void> {
  inFlight++;
  try {
    await producer.send({ topic, acks: -1, messages: request.map(({ message }) => message) });
    for (const waiting of request) waiting.resolve();
  } catch (error) {
    for (const waiting of request) waiting.reject(error);
  }
  inFlight--;
  plan();
}
