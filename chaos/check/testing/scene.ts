import { randomUUID } from 'node:crypto';
import type { Product } from '../../../e2e/support/product.ts';
import { signToken } from '../../../e2e/support/product.ts';
import { Visitor } from '../../../e2e/support/visitor.ts';
import { bindEndpoint } from '../../../ingress/bound.ts';
import { SECRET, startIngress } from '../../../ingress/testing/ingress.ts';
import { ledgerQuestions } from '../../../services/ledger/service.ts';
import { getGoal, getHistory, getSponsor } from '../../../services/rooms/endpoints.ts';
import { roomsQuestions } from '../../../services/rooms/service.ts';
import { loseKeys } from '../../../services/rooms/testing/redis.ts';
import { systemClock } from '../../../shared/clock.ts';
import type { Redis } from '../../../shared/redis.ts';
import { testDatabase } from '../../../shared/testing/database.ts';
import { fromStack, testLog, testNamespace } from '../../../shared/testing/environment.ts';
import { testKafka } from '../../../shared/testing/kafka.ts';
import type { History, Seen } from '../../history.ts';
import { startFleetInside } from './fleet.ts';
import { createStory, type Name, names, type Story } from './story.ts';

export type { Name } from './story.ts';

/** A small right history on real databases, a real log, a real cache and a real API. */
export interface Scene {
  readonly product: Pick<Product, 'rooms' | 'ledger' | 'namespace' | 'servers' | 'visitor'>;
  readonly history: History;
  readonly people: Readonly<Record<Name, string>>;
  readonly redis: Redis;
  /** By the key of its request: the id of what was made. */
  id(key: string): string;
  seenBy(name: Name, room?: Name): Seen;
  close(): Promise<void>;
}

export async function playScene(): Promise<Scene> {
  const namespace = testNamespace();
  const rooms = await testDatabase('rooms', namespace);
  const ledger = await testDatabase('ledger', namespace);
  const kafka = await testKafka(namespace);
  const fleet = await startFleetInside({ rooms, ledger, kafka });
  const people = Object.fromEntries(names.map((name) => [name, randomUUID()])) as Record<Name, string>;
  const questions = { redis: fleet.redis, namespace, currency: 'USD', clock: systemClock, log: testLog };
  const service = { ...questions, committed: () => undefined };
  const money = ledgerQuestions({ ...service, database: ledger.database, replica: ledger.database });
  const story = createStory(people, fleet, money);
  await tell(story);
  await fleet.catchUp();
  const answers = roomsQuestions({ ...service, database: rooms.database, replica: rooms.database });
  const ports = {
    ...{ rooms: answers, roomExists: async () => true },
    ...{ subjectOfConnection: async () => null, currency: 'USD' },
  };
  const ingress = await startIngress([
    { method: 'GET', paths: ['/chat/event/history'], endpoint: bindEndpoint(getHistory, ports) },
    { method: 'GET', paths: ['/chat/goal'], endpoint: bindEndpoint(getGoal, ports) },
    { method: 'GET', paths: ['/chat/sponsor'], endpoint: bindEndpoint(getSponsor, ports) },
  ]);
  const ways = { httpUrl: `http://127.0.0.1:${ingress.port}`, gatewayUrls: [] };
  const seen = await watch(people, fleet, (name) => new Set(name === 'bob' ? [story.id('n4')] : []));
  return {
    product: {
      ...{ rooms: rooms.database, ledger: ledger.database, namespace },
      servers: {
        KAFKA_BROKERS: fromStack('KAFKA_BROKERS'),
        ...{ DATABASE_URL: fromStack('DATABASE_URL'), REDIS_URL: fromStack('REDIS_URL') },
      },
      visitor: (claims) => new Visitor({ ...ways, ...signToken(SECRET, claims ?? {}) }),
    },
    history: {
      ...{ seed: 1, requests: story.requests, seen, injections: [], poison: 0 },
      rooms: [people.mia, people.eva],
    },
    ...{ people, redis: fleet.redis, id: story.id },
    seenBy: (name, room = 'mia') => seen.find((one) => one.by === people[name] && one.room === people[room]) as Seen,
    async close() {
      await ingress.close();
      await loseKeys(fleet.redis, namespace);
      await fleet.close();
      await Promise.all([rooms.drop(), ledger.drop(), kafka.remove()]);
    },
  };
}

type Fleet = Awaited<ReturnType<typeof startFleetInside>>;

/** What happens, in order: some of it without an answer, some of it refused. */
async function tell(story: Story): Promise<void> {
  const { deposit, goal, write, donate, refund } = story;
  await deposit('d1', 'ann', 2_000n);
  await deposit('d2', 'bob', 1_000n);
  await deposit('d3', 'bob', 100n, true);
  await goal('g1', 'mia', 500n);
  await goal('g2', 'mia', 5_000n);
  await write('m1', 'ann', 'mia');
  await donate('n1', 'ann', 'mia', 300n, { comment: 'public' });
  await donate('n2', 'bob', 'mia', 250n, { comment: 'private' });
  await donate('n3', 'ann', 'mia', 400n);
  await donate('n4', 'bob', 'mia', 99_900n);
  await donate('n5', 'bob', 'mia', 100n, { isLost: true });
  await donate('n6', 'bob', 'eva', 100n);
  await donate('n7', 'ann', 'eva', 150n);
  await write('m2', 'bob', 'mia', { isPrivate: true });
  await write('m3', 'bob', 'eva', { isPrivate: true, isLost: true });
  await write('m4', 'ann', 'eva');
  await refund('r1', 'n3', 'mia');
  await refund('r2', 'n6', 'eva', true);
  story.ask('donation', 'never', 'ann', 'mia', { sum: 1n, id: null, refused: 404, answers: new Map([[404, 1]]) });
}

/** What each viewer is shown of the log; one of them was away for a while. */
async function watch(
  people: Scene['people'],
  fleet: Fleet,
  rejectionsOf: (name: Name) => ReadonlySet<string>,
): Promise<Seen[]> {
  const inside: readonly (readonly [Name, Name, gaps?: number])[] = [
    ...([
      ['mia', 'mia'],
      ['ann', 'mia'],
      ['bob', 'mia'],
      ['stranger', 'mia', 1],
    ] as const),
    ...([
      ['eva', 'eva'],
      ['bob', 'eva'],
      ['ann', 'eva'],
    ] as const),
  ];
  return Promise.all(
    inside.map(async ([name, room, gaps = 0]) => {
      const own = (await fleet.framesOf(people[room])).filter(
        ({ subjects }) => subjects === null || subjects.has(people[name]),
      );
      const all = [...new Map(own.map((frame) => [frame.id, frame])).values()];
      const shown = all.slice(gaps * 3);
      const wholeAfterSeq = gaps > 0 ? (all[gaps * 3 - 1]?.seq ?? -1) : -1;
      const ids = shown.map(({ id }) => id);
      return {
        ...{ room: people[room], by: people[name], gateway: 0, gaps, reconnects: gaps, shownAtMs: new Map() },
        ...{ wholeAfterSeq, lastSeq: -1, absences: [], repeats: [], backwards: [], rejections: rejectionsOf(name) },
        ...{ order: ids, types: new Map(shown.map(({ id, type }) => [id, type])) },
        refundOf: new Map(shown.flatMap(({ id, donateId }) => (donateId === null ? [] : [[id, donateId]]))),
        privateIds: shown.filter(({ subjects }) => subjects !== null).map(({ id }) => id),
      };
    }),
  );
}
