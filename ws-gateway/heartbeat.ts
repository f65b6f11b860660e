import { close } from './close-codes.ts';
import type { Connection } from './connection.ts';
import { positionFrame } from './outbound.ts';
import type { Parts } from './parts.ts';
import { RENEW_LEASE_MS } from './presence.ts';

/** A ping goes out this often … */
export const HEARTBEAT_MS = 25_000;
/** … and a socket whose pong is this late is dead. */
const PONG_LIMIT_MS = 20_000;
const TICK_MS = 1_000;
/** So long after the last one a tick comes only where the whole process was held up. */
const LATE_MS = 3_000;
const TICKS_BETWEEN_TOPICS = 15;
/** Told before five minutes are over, also where the look at topics comes late. */
const QUIET_MS = 4.5 * 60_000;

/** One timer for all sockets: pings, the ends of tokens and of sessions, leases, what waits too long; and for all topics: positions. */
export function startHeartbeat(parts: Parts): { stop(): void } {
  let ticks = 0;
  let lastMs = performance.now();
  let isJudged = true;
  const timer = setInterval(() => {
    const nowMs = parts.now();
    const isLate = performance.now() - lastMs > LATE_MS;
    lastMs = performance.now();
    // A process that was held up has not yet read what its sockets answered meanwhile; by the next tick it has.
    isJudged = !isLate || !isJudged;
    if (!isJudged) return;
    for (const connection of parts.connections) beat(parts, connection, nowMs);
    if (++ticks % TICKS_BETWEEN_TOPICS !== 0) return;
    parts.windows.expire(nowMs);
    parts.hub.tellPositions(QUIET_MS, (topic) => {
      const position = parts.reader.positionOf(topic);
      return { seq: position.seq, frame: positionFrame({ topic, ...position }) };
    });
  }, TICK_MS);
  return { stop: () => clearInterval(timer) };
}

/** Looks at one socket; about once a second. */
export function beat({ presence, own }: Pick<Parts, 'presence' | 'own'>, connection: Connection, nowMs: number): void {
  const session = connection.caller?.session;
  if (nowMs >= connection.expiresAtMs || (session !== undefined && own.isRevoked(session)))
    return connection.close(close.unauthorized);
  const sincePingMs = nowMs - connection.pingedAtMs;
  if (connection.isPongAwaited && sincePingMs >= PONG_LIMIT_MS) return connection.socket.terminate();
  if (!connection.isPongAwaited && sincePingMs >= HEARTBEAT_MS) {
    connection.pingedAtMs = nowMs;
    connection.isPongAwaited = true;
    connection.socket.ping();
  }
  connection.checkWaiting(nowMs);
  if (nowMs - connection.leasedAtMs >= RENEW_LEASE_MS) void presence.lease(connection);
}
