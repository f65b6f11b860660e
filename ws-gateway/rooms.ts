import type { Caller } from '../shared/endpoint.ts';
import { rpcClient } from '../shared/rpc.ts';
import { cacheYes } from '../shared/yes-cache.ts';

/** What the rooms context answers; its own `service.proto` says the same. */
interface RoomQuestions {
  roomExists(request: { owner_id: string }): Promise<{ exists: boolean }>;
}

/**
 * May this caller see this room (contract.md, 1)? A room token speaks for its room alone, and names it into being; a
 * user's own room is theirs; any other must exist.
 */
export type Admission = 'own' | 'admitted' | 'forbidden' | 'if-it-exists';

export function decideAdmission(caller: Pick<Caller, 'subject' | 'type' | 'owner'> | null, ownerId: string): Admission {
  if (caller?.owner && caller.owner !== ownerId) return 'forbidden';
  if (caller?.type === 'user' && caller.subject === ownerId) return 'own';
  return caller?.owner ? 'admitted' : 'if-it-exists';
}

export interface Rooms {
  /** @throws AppError retriable where the rooms are out of reach */
  exists(ownerId: string): Promise<boolean>;
  close(): void;
}

const YES_MS = 60_000;

/** @param address host:port of the services' gRPC server */
export function askRooms(address: string): Rooms {
  const client = rpcClient<RoomQuestions>(new URL('../services/rooms/service.proto', import.meta.url), address);
  return {
    exists: cacheYes(async (ownerId) => (await client.roomExists({ owner_id: ownerId })).exists, YES_MS),
    close: () => client.close(),
  };
}
