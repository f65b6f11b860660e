import { randomUUID } from 'node:crypto';
import { isNotedEnded } from '../shared/ended-sessions.ts';
import { groupOnBroker } from '../shared/groups.ts';
import { Health } from '../shared/health.ts';
import { connectKafka } from '../shared/kafka-client.ts';
import type { Logger } from '../shared/logger.ts';
import { createPublisher } from '../shared/publisher.ts';
import { connectOwnTokens } from '../shared/own-tokens.ts';
import { connectRedis } from '../shared/redis.ts';
import { createTokenVerifier } from '../shared/token-keys.ts';
import { createAnnouncer } from './announcements.ts';
import type { Connection } from './connection.ts';
import { closeAll, letGo, type WayOutStep } from './drain.ts';
import type { GatewayEnvironment } from './env.ts';
import { startHeartbeat } from './heartbeat.ts';
import { Hub } from './hub.ts';
import { listen } from './listen.ts';
import { followFrames } from './log-reader.ts';
import { metrics } from './metrics.ts';
import { createOpener } from './opening.ts';
import type { Parts } from './parts.ts';
import { keepPresence } from './presence.ts';
import { FrameWindows, type StoredFrame, WINDOW_FRAMES, WINDOW_MS } from './recovery.ts';
import { askRooms } from './rooms.ts';
import { createUpgrader } from './upgrade.ts';

export interface Gateway {
  readonly port: number;
  readonly health: Health;
  /** Resolves with the reason when it must end without being asked to. */
  readonly failed: Promise<Error>;
  /** Takes nobody any more, sends everybody elsewhere, lets go of everything: within DRAIN_MS and 3.5 s. */
  drain(): Promise<void>;
}

/** One gateway: reads every frame there is, and holds the sockets that it fans them out to. */
export async function startGateway(env: GatewayEnvironment, log: Logger): Promise<Gateway> {
  const boot = randomUUID();
  const kafka = connectKafka({ brokers: env.kafkaBrokers, clientId: 'ws-gateway', namespace: env.namespace, log });
  const redis = connectRedis(env.redisUrl, log);
  const producer = await kafka.producer();
  const publisher = createPublisher({ producer, log });
  const windows = new FrameWindows({ budgetBytes: env.windowBytes, frames: WINDOW_FRAMES, ageMs: WINDOW_MS });
  const hub = new Hub();
  const own = connectOwnTokens(env.authAddress, (session) => isNotedEnded(redis, env.namespace, session), log);
  const reader = await followFrames({
    kafka,
    group: groupOnBroker(env.namespace, `ws-${boot}`),
    log,
    begin: (partition, seq) => windows.begin(partition, seq),
    isHeld: (topic) => hub.holds(topic),
    take: (frame) => take(frame, windows, hub),
    revoke: (sessions) => own.revoke(sessions),
  });
  const rooms = askRooms(env.roomsAddress);
  const parts: Parts = {
    ...{ hub, windows, reader, rooms, own, log, limits: env.limits },
    verifier: createTokenVerifier(env.tokenKeys, own),
    presence: keepPresence({ redis, namespace: env.namespace, boot, log }),
    announcer: createAnnouncer((record) => publisher.publish(record), log),
    now: Date.now,
    connections: new Set<Connection>(),
  };
  const health = new Health({
    frames: () => {
      if (!reader.isCaughtUp()) throw new Error('reading what was said in the last ten minutes');
    },
  });
  let isDraining = false;
  const upgrade = createUpgrader({
    ...parts,
    allowedOrigins: env.allowedOrigins,
    allowAnonymous: env.allowAnonymous,
    isOpenToAll: () => !isDraining && reader.isCaughtUp(),
    open: createOpener(parts),
  });
  const { port, close } = await listen({ host: env.host, port: env.port, health, log, upgrade });
  const heartbeat = startHeartbeat(parts);
  log.info({ port, boot }, 'gateway listening');
  return {
    port,
    health,
    failed: reader.failed,
    async drain() {
      isDraining = true;
      health.drain();
      await closeAll(parts.connections, env.drainMs);
      heartbeat.stop();
      close();
      rooms.close();
      own.close();
      await letGo(waysOut({ publisher, producer, reader, kafka, redis: { close: () => redis.quit() } }), log);
      redis.disconnect();
    },
  };
}

/** A frame of the log: kept for who resumes, handed to who is here; a repetition is neither. */
function take(frame: StoredFrame, windows: FrameWindows, hub: Hub): void {
  const isNew = windows.add(frame);
  metrics.framesOut.inc({ result: isNew ? 'taken' : 'repeated' });
  if (isNew) hub.deliver(frame);
}

interface Closable {
  close(): Promise<unknown>;
}

/** What a hung broker does not confirm is not waited for: leases end by themselves, and an empty group does as well. */
function waysOut(parts: Record<'publisher' | 'producer' | 'reader' | 'kafka' | 'redis', Closable>): WayOutStep[][] {
  const { publisher, producer, reader, kafka, redis } = parts;
  return [
    [
      ['publisher', 1_500, () => publisher.close()],
      ['producer', 500, () => producer.close()],
    ],
    [
      ['reader', 2_000, () => reader.close()],
      ['kafka', 500, () => kafka.close()],
    ],
    // Sends what is still to be written there, if Redis is there at all.
    [['redis', 1_000, () => redis.close()]],
  ];
}
