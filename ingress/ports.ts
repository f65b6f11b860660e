import type { AuthQuestions } from '../services/auth/questions.ts';
import type { WaysInQuestions } from '../services/auth/ways-in-questions.ts';
import type { FriendsQuestions } from '../services/friends/questions.ts';
import type { LedgerQuestions } from '../services/ledger/service.ts';
import type { ProfilesQuestions } from '../services/profiles/questions.ts';
import type { RoomsQuestions } from '../services/rooms/questions.ts';
import type { Clock } from '../shared/clock.ts';
import { findDeadLetter, listDeadLetters, retryDeadLetter } from '../shared/dead-letters.ts';
import { AppError, errorText } from '../shared/errors.ts';
import { type GroupName, groupOnBroker, groups } from '../shared/groups.ts';
import type { Health } from '../shared/health.ts';
import type { Kafka, Producer } from '../shared/kafka.ts';
import type { Redis } from '../shared/redis.ts';
import { findConnection } from '../shared/registry.ts';
import { rpcClient } from '../shared/rpc.ts';
import { cacheYes } from '../shared/yes-cache.ts';
import type { IngressEnvironment } from './env.ts';
import type { OperationsPorts } from './operations.ts';
import { isAllowed } from './origins.ts';
import type { Ports } from './routes.ts';

/** How long it is remembered that a room exists; rooms do not end (contract.md, 1). */
const ROOM_YES_MS = 60_000;

export interface PortsOptions {
  readonly environment: Pick<
    IngressEnvironment,
    | 'roomsAddress'
    | 'ledgerAddress'
    | 'authAddress'
    | 'profilesAddress'
    | 'friendsAddress'
    | 'currency'
    | 'namespace'
    | 'allowedOrigins'
  >;
  readonly redis: Redis;
  readonly kafka: Kafka;
  readonly producer: Producer;
  readonly health: Health;
  readonly clock: Clock;
}

/** What the contexts' endpoints are run with: clients of their services, and the register of live connections. */
export function connectPorts(options: PortsOptions): Ports & { close(): void } {
  const { roomsAddress, ledgerAddress, authAddress, profilesAddress, friendsAddress, currency, namespace } =
    options.environment;
  const rooms = rpcClient<RoomsQuestions>(new URL('../services/rooms/service.proto', import.meta.url), roomsAddress);
  const ledger = rpcClient<LedgerQuestions>(
    new URL('../services/ledger/service.proto', import.meta.url),
    ledgerAddress,
  );
  const auth = rpcClient<AuthQuestions & WaysInQuestions>(
    new URL('../services/auth/service.proto', import.meta.url),
    authAddress,
  );
  const profiles = rpcClient<ProfilesQuestions>(
    new URL('../services/profiles/service.proto', import.meta.url),
    profilesAddress,
  );
  const friends = rpcClient<FriendsQuestions>(
    new URL('../services/friends/service.proto', import.meta.url),
    friendsAddress,
  );
  return {
    rooms: {
      rooms,
      roomExists: cacheYes(async (owner_id) => (await rooms.roomExists({ owner_id })).exists, ROOM_YES_MS),
      async subjectOfConnection(connectionId) {
        const found = await findConnection(options.redis, namespace, connectionId).catch((cause: unknown) => {
          throw new AppError('register-away', 'the register of connections is away', { retriable: true, cause });
        });
        return found?.subject ?? null;
      },
      currency,
    },
    ledger: { ledger, currency },
    auth: {
      auth,
      mayRedirectTo: (uri, host) => isAllowed(new URL(uri).origin, host, options.environment.allowedOrigins),
    },
    profiles: { profiles },
    friends: { friends },
    operations: connectOperations(options),
    close() {
      rooms.close();
      ledger.close();
      auth.close();
      profiles.close();
      friends.close();
    },
  };
}

function connectOperations({ environment, kafka, producer, health, clock }: PortsOptions): OperationsPorts {
  const lagOf = async (name: GroupName): Promise<[string, number | null]> => {
    const group = groupOnBroker(environment.namespace, name);
    return [name, await kafka.lag(group, groups[name].topics).then(Number, () => null)];
  };
  return {
    readiness: () => health.report(),
    lag: async () => Object.fromEntries(await Promise.all((Object.keys(groups) as GroupName[]).map(lagOf))),
    deadLetters: (limit) => listDeadLetters(kafka, limit).catch(brokerAway),
    async retry(id) {
      const letter = await findDeadLetter(kafka, id).catch(brokerAway);
      if (letter) await retryDeadLetter(producer, letter, clock.now());
      return letter !== null;
    },
  };
}

function brokerAway(cause: unknown): never {
  throw new AppError('broker-away', `the broker could not be read: ${errorText(cause)}`, { retriable: true, cause });
}
