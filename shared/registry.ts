import type { Redis } from './redis.ts';

/**
 * The register of live connections, in Redis: who may claim a connection id, and who is in a room. It authorizes
 * nothing that is delivered: gateways deliver by the subject that each socket's own token proved.
 */
export interface RegisteredConnection {
  readonly subject: string;
  readonly type: 'user' | 'client';
  readonly name: string;
  /** The gateway's boot id. */
  readonly boot: string;
}

/** A lease ends by itself when its gateway dies; a living one renews it every 20 s by writing it anew. */
export const LEASE_MS = 60_000;
const MAXIMUM_VIEWERS = 1_000;

const connectionKey = (namespace: string, connectionId: string) => `${namespace}conn:${connectionId}`;
const roomKey = (namespace: string, ownerId: string) => `${namespace}here:${ownerId}`;

/** Writes the connection and its place in a room (null: in none); SET, not EXPIRE, so that it comes back after a loss. */
export async function lease(
  redis: Redis,
  namespace: string,
  connectionId: string,
  connection: RegisteredConnection,
  ownerIds: readonly string[],
  nowMs: number,
): Promise<void> {
  const writes: Promise<unknown>[] = [
    redis.set(connectionKey(namespace, connectionId), JSON.stringify(connection), 'PX', LEASE_MS),
  ];
  for (const ownerId of ownerIds) {
    // Those of gateways that died: nobody else takes them out of a room that lives.
    writes.push(redis.zremrangebyscore(roomKey(namespace, ownerId), '-inf', nowMs));
    writes.push(redis.zadd(roomKey(namespace, ownerId), nowMs + LEASE_MS, `${connection.subject}|${connectionId}`));
    writes.push(redis.pexpire(roomKey(namespace, ownerId), LEASE_MS * 2));
  }
  await Promise.all(writes);
}

/** Ends a lease at once: the socket has closed. */
export async function release(
  redis: Redis,
  namespace: string,
  connectionId: string,
  subject: string,
  ownerIds: readonly string[],
): Promise<void> {
  await Promise.all([
    redis.del(connectionKey(namespace, connectionId)),
    ...ownerIds.map((ownerId) => redis.zrem(roomKey(namespace, ownerId), `${subject}|${connectionId}`)),
  ]);
}

/** Whose connection it is, or null where nobody's lives under that id. */
export async function findConnection(
  redis: Redis,
  namespace: string,
  connectionId: string,
): Promise<RegisteredConnection | null> {
  const text = await redis.get(connectionKey(namespace, connectionId));
  return text ? (JSON.parse(text) as RegisteredConnection) : null;
}

export interface Viewer {
  readonly uuid: string;
  readonly type: 'user' | 'client';
  readonly name: string;
  readonly connections: number;
}

/** Who is in a room now, by unexpired leases; 1,000 connections are looked at, at most. */
export async function viewersOf(redis: Redis, namespace: string, ownerId: string, nowMs: number): Promise<Viewer[]> {
  const members = await redis.zrangebyscore(roomKey(namespace, ownerId), nowMs, '+inf', 'LIMIT', 0, MAXIMUM_VIEWERS);
  if (members.length === 0) return [];
  const keys = members.map((member) => connectionKey(namespace, member.slice(member.indexOf('|') + 1)));
  const found = (await redis.mget(keys)).filter((text) => text !== null);
  const bySubject = Map.groupBy(
    found.map((text) => JSON.parse(text) as RegisteredConnection),
    (connection) => connection.subject,
  );
  return [...bySubject].map(([uuid, [first, ...rest]]) => ({
    uuid,
    type: first?.type ?? 'client',
    name: first?.name ?? '',
    connections: 1 + rest.length,
  }));
}
