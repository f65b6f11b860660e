import { setTimeout as sleep } from 'node:timers/promises';
import type { Product } from '../../e2e/support/product.ts';
import type { Row } from '../../shared/database.ts';
import { listDeadLetters } from '../../shared/dead-letters.ts';
import { errorText } from '../../shared/errors.ts';
import { groupOnBroker, groups } from '../../shared/groups.ts';
import type { Kafka } from '../../shared/kafka.ts';
import { connectKafka } from '../../shared/kafka-client.ts';
import { createLogger } from '../../shared/logger.ts';
import { type TopicName, topics } from '../../shared/topics.ts';
import { watchedGroups } from '../groups.ts';
import type { History, Seen } from '../history.ts';
import { unfinished } from './unfinished.ts';
import { type Violations } from './violations.ts';

type Asked = Pick<Product, 'rooms' | 'ledger' | 'namespace' | 'servers'>;

const POLL_MS = 300;
const MAXIMUM_DEAD_LETTERS = 10_000;
const SHOWN_WITHIN_MS = 30_000;
const STILL_MS = 500;

/**
 * Waits until nothing moves any more: every confirmed request has had its effect, the outboxes are empty, no group lags,
 * and the dead letters are those of the poison that was written; then, for half a minute at most, until the viewers have
 * been shown it all (whether they ever are is I8's).
 * @returns what still moves after `timeoutMs`, as lines of I10
 */
export async function untilQuiet(product: Asked, history: History, timeoutMs: number): Promise<Violations> {
  const deadline = performance.now() + timeoutMs;
  for (let before = ''; ;) {
    const look = await lookAt(product).catch((error: unknown) => {
      return { moving: [`it cannot be asked: ${errorText(error)}`], ends: '' };
    });
    // What is on its way between a topic and an outbox is in neither for a moment: two looks see the same log.
    const isStill = look.ends === before;
    let moving = look.moving.length === 0 && !isStill ? ['the log still grew a moment ago'] : look.moving;
    if (moving.length === 0) {
      const rest = await restOf(product, history).catch((error: unknown) => {
        return { moving: [`it cannot be asked: ${errorText(error)}`], shown: new Map<string, string[]>() };
      });
      moving = rest.moving;
      if (moving.length === 0) {
        await untilShown(history.seen, rest.shown, Math.min(performance.now() + SHOWN_WITHIN_MS, deadline));
        return [];
      }
    }
    if (performance.now() > deadline) return moving.map((what) => `I10 ${what}`);
    before = look.ends;
    await sleep(POLL_MS);
  }
}

/** I10, asked once. @param letters all dead letters */
export async function checkQuiet(product: Asked, history: History, letters: DeadLetters): Promise<Violations> {
  const { moving } = await lookAt(product);
  return [
    ...moving.map((what) => `I10 ${what}`),
    ...extraLetters(letters, history.poison).map((what) => `I10 ${what}`),
  ];
}

/** The records that were set aside, whichever groups did so and however often. */
export interface DeadLetters {
  readonly sources: readonly string[];
  /** Donations among them that transfer-money has set aside. */
  readonly donations: ReadonlySet<string>;
}

export async function readDeadLetters(kafka: Kafka): Promise<DeadLetters> {
  const letters = await listDeadLetters(kafka, MAXIMUM_DEAD_LETTERS);
  const sources = letters.map(({ source }) => `${source.topic}/${source.partition}/${source.offset}`);
  const unbooked = letters.filter(({ group, event }) => group === 'transfer-money' && event === 'AddNewDonate');
  return { sources: [...new Set(sources)], donations: new Set(unbooked.flatMap(({ eventId }) => eventId ?? [])) };
}

function extraLetters({ sources }: DeadLetters, poison: number): string[] {
  if (sources.length === poison) return [];
  return [`${sources.length} records were set aside, ${poison} were poison: ${sources.slice(0, 5).join(' ')}`];
}

/** Works with a connection of its own: an older one may have been broken by a fault. */
export async function withKafka<T>(product: Asked, work: (kafka: Kafka) => Promise<T>): Promise<T> {
  const kafka = connectKafka({
    brokers: product.servers.KAFKA_BROKERS.split(','),
    clientId: 'chaos-check',
    namespace: product.namespace,
    log: createLogger('chaos-check', 'silent'),
  });
  return work(kafka).finally(() => kafka.close());
}

async function lookAt(product: Asked): Promise<{ moving: string[]; ends: string }> {
  const outboxes = await Promise.all([product.ledger, product.rooms].map(waitingIn));
  return withKafka(product, async (kafka) => {
    const lags = await Promise.all(
      watchedGroups.map(async (name) => {
        const lag = await kafka.lag(groupOnBroker(product.namespace, name), groups[name].topics);
        return lag > 0n ? [`${name} lags by ${lag}`] : [];
      }),
    );
    const names = Object.keys(topics) as TopicName[];
    const ends = await Promise.all(names.map(async (name) => (await kafka.ends(name)).map(({ high }) => high)));
    return { moving: [...outboxes, ...lags].flat(), ends: ends.join() };
  });
}

async function waitingIn(database: Product['rooms']): Promise<string[]> {
  const [row] = await database.select<Row & { number: string | number }>(
    'SELECT COALESCE(SUM(events), 0) AS number FROM outbox',
  );
  return Number(row?.number) > 0 ? [`${row?.number} events wait in the outbox of ${database.name}`] : [];
}

async function restOf(product: Asked, history: History) {
  const { moving, shown } = await unfinished(product, history);
  const letters = await withKafka(product, readDeadLetters);
  return { moving: [...moving, ...extraLetters(letters, history.poison)], shown };
}

/** Waits until everybody has been shown what their room shows to all since their last gap, and then nothing comes any more. */
async function untilShown(
  viewers: readonly Seen[],
  shown: ReadonlyMap<string, readonly string[]>,
  deadline: number,
): Promise<void> {
  const seenUpTo = viewers.map(() => 0);
  const isBehind = (seen: Seen, at: number) => {
    const due = shown.get(seen.room) ?? [];
    let place = seenUpTo[at] ?? 0;
    while (place < due.length && seen.types.has(due[place] ?? '')) place++;
    seenUpTo[at] = place;
    return seen.gaps === 0 ? place < due.length : Math.max(seen.wholeAfterSeq, seen.lastSeq) < lastIn(seen.room);
  };
  // Who had a gap is waited for until the last frame that anybody in the room was shown.
  const lastIn = (room: string) =>
    viewers.reduce((last, seen) => (seen.room === room ? Math.max(last, seen.lastSeq) : last), -1);
  const length = () => viewers.reduce((sum, { order }) => sum + order.length, 0);
  for (let before = -1; performance.now() < deadline; await sleep(STILL_MS)) {
    const now = length();
    if (now === before && !viewers.some(isBehind)) return;
    before = now;
  }
}
