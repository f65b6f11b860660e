import { randomUUID } from 'node:crypto';
import { encodeFrame } from '../../shared/frame.ts';
import type { Logger } from '../../shared/logger.ts';
import { connectRedis, untilReady } from '../../shared/redis.ts';
import { fromStack, testLog, testNamespace } from '../../shared/testing/environment.ts';
import { testKafka } from '../../shared/testing/kafka.ts';
import type { GatewayEnvironment } from '../env.ts';
import { join, TestClient } from './client.ts';
import { type Claims, runGateway, type Running, serveRooms, sign, viewer } from './gateways.ts';

/** Gateways on the real Kafka and Redis, the rooms context as far as they ask it, and clients that are cleaned up. */
export type Fixture = Awaited<ReturnType<typeof openFixture>>;

export async function openFixture() {
  const namespace = testNamespace();
  const { kafka, brokers, read, remove } = await testKafka(namespace);
  const [producer, redis] = [await kafka.producer(), connectRedis(fromStack('REDIS_URL'), testLog)];
  await untilReady(redis);
  const existing = { current: new Set<string>() as ReadonlySet<string> | null };
  const rooms = await serveRooms(testLog, existing);
  const gateways: Running[] = [];
  const clients: { leave(): void }[] = [];
  const keep = <C extends { leave(): void }>(client: C): C => (clients.push(client), client);
  return {
    ...{ namespace, brokers, kafka, producer, redis, existing, keep, read },
    /** A gateway that takes sockets, with every limit off but those given. */
    async run(more: Partial<GatewayEnvironment> = {}, log: Logger = testLog): Promise<Running> {
      const gateway = await runGateway({ namespace, brokers, roomsPort: rooms.port }, more, log);
      gateways.push(gateway);
      return gateway;
    },
    /** A client that is in all that it gets by itself. */
    connect: async (gateway: Running, claims: Claims = viewer(), path = '/ws') =>
      keep(await join(gateway.url, sign(claims), path)),
    /** A client that may be refused. */
    dial: (gateway: Running, path: string, claims: Claims = viewer()) =>
      keep(new TestClient(gateway.url + path, sign(claims))),
    /** The id of a room that exists. */
    room(): string {
      const id = randomUUID();
      existing.current = new Set([...(existing.current ?? []), id]);
      return id;
    },
    /** Sends messages to a room as queue-to-ws does; gives their ids. @param subjects null = everybody */
    async say(ownerId: string, values: readonly string[], subjects: readonly string[] | null = null) {
      const frames = values.map((value) => ({
        ...{ id: randomUUID(), topic: `room:${ownerId}`, type: 'message', createdAt: new Date().toISOString() },
        ...{ fields: { value, is_public: subjects === null }, subjects, ownerId },
      }));
      await producer.send(frames.map(encodeFrame));
      return frames.map(({ id }) => id);
    },
    leaveAll(): void {
      for (const client of clients.splice(0)) client.leave();
    },
    async close() {
      await Promise.all(gateways.map((gateway) => gateway.drain()));
      await rooms.close();
      await producer.close();
      await remove();
      await redis.quit();
    },
  };
}
