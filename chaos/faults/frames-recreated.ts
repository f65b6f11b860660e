import { createTopics } from '../../scripts/topics.ts';
import type { Stand } from '../fault.ts';
import { highsOf, nameOnBroker, withAdmin } from './broker-admin.ts';
import { untilReady } from './processes.ts';

/** More than a partition grows by until the gateways' next look at its end: they have to meet an end below their place. */
const LEAST_RECORDS = 300;
const FILL_LIMIT_MS = 180_000;
const NOTICED_LIMIT_MS = 30_000;
const TOLD_LIMIT_MS = 60_000;
const POLL_MS = 100;

/**
 * `ws.out` is made anew under its old name, which nobody should do (a new one takes a new generation): each gateway
 * notices that its place lies beyond the end, says so and ends, and its viewers are told that they missed something.
 */
export async function recreateFrames(stand: Stand): Promise<void> {
  await untilTrue(stand, FILL_LIMIT_MS, 'ws.out grew too slowly', async () => {
    const highs = [...(await highsOf(stand, 'ws.out')).values()].filter((high) => high > 0);
    return highs.length > 0 && highs.every((high) => high > LEAST_RECORDS);
  });
  const gateways = stand.processes('ws-gateway');
  const crashesBefore = gateways.map(({ crashes }) => crashes);
  const gapsBefore = stand.load.viewers.map(({ gaps }) => gaps);
  const alarmsBefore = stand.countLines('it was made anew');
  const { back } = stand.injected('ws.out deleted and made anew');
  const partitions = (await highsOf(stand, 'ws.out')).size;
  const topic = nameOnBroker(stand, 'ws.out');
  try {
    await withAdmin(stand, (admin) => admin.deleteTopics({ topics: [topic] }));
  } finally {
    const brokers = stand.product.servers.KAFKA_BROKERS.split(',');
    await createTopics({ brokers, namespace: stand.product.namespace, partitions });
    back();
  }
  await holdsWithin(stand, NOTICED_LIMIT_MS, 'a gateway went on with a log that had been made anew', () =>
    gateways.every(({ crashes }, at) => crashes > (crashesBefore[at] as number)),
  );
  if (stand.countLines('it was made anew') < alarmsBefore + gateways.length)
    stand.violated('row 20: a gateway ended without saying that its log was made anew');
  for (const gateway of gateways) await untilReady(stand, gateway);
  await holdsWithin(stand, TOLD_LIMIT_MS, 'a viewer was not told that it had missed something', () =>
    stand.load.viewers.every(({ gaps }, at) => gaps > (gapsBefore[at] as number)),
  );
  await loseBeginning(stand, topic);
}

/**
 * The log's beginning went with the old topic, but the new one begins at 0 again: without its first record the checker
 * sees that it cannot hold what was shown before against it.
 */
async function loseBeginning(stand: Stand, topic: string): Promise<void> {
  let partition: number | undefined;
  await untilTrue(stand, FILL_LIMIT_MS, 'ws.out did not grow again', async () => {
    partition = [...(await highsOf(stand, 'ws.out'))].find(([, high]) => high > 1)?.[0];
    return partition !== undefined;
  });
  const partitions = [{ partition: partition as number, offset: '1' }];
  await withAdmin(stand, async (admin) => {
    await admin.fetchTopicOffsets(topic); // kafkajs looks for the leaders of a topic that it knows only
    await admin.deleteTopicRecords({ topic, partitions });
  });
}

async function holdsWithin(stand: Stand, limitMs: number, otherwise: string, ask: () => boolean): Promise<void> {
  await untilTrue(stand, limitMs, '', ask).catch((error: unknown) => {
    if (!(error instanceof TooLate)) throw error;
    stand.violated(`row 20: ${otherwise} for ${limitMs / 1_000} s`);
  });
}

class TooLate extends Error {}

async function untilTrue(
  stand: Stand,
  limitMs: number,
  otherwise: string,
  ask: () => Promise<boolean> | boolean,
): Promise<void> {
  const until = performance.now() + limitMs;
  while (!(await ask())) {
    if (performance.now() > until) throw new TooLate(otherwise);
    await stand.pause(POLL_MS);
  }
}
