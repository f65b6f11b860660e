import { badParams, type Caller, forbidden, notFound } from '../../shared/endpoint.ts';
import type { RoomsPorts } from './ports.ts';

/** The room that a call is about, and whether its existence needs no question. */
export interface NamedRoom {
  readonly ownerId: string;
  readonly isVouched: boolean;
}

/**
 * A room token speaks for its room and for no other; a user is at home in their own; everybody else says which one.
 * @param ownerId the request's `owner_id`
 * @throws Refusal 403 where it contradicts the token, 400 where no room is named
 */
export function namedRoom(caller: Caller, ownerId: string | undefined): NamedRoom {
  if (caller.owner !== null) {
    if (ownerId !== undefined && ownerId !== caller.owner) throw forbidden();
    return { ownerId: caller.owner, isVouched: true };
  }
  const named = ownerId ?? (caller.type === 'user' ? caller.subject : undefined);
  if (named === undefined) throw badParams('/owner_id', 'is required without a room token');
  return { ownerId: named, isVouched: caller.type === 'user' && named === caller.subject };
}

/** @throws Refusal 404 where there is no such room: a viewer's uuid, for one, is none */
export async function enterRoom(room: NamedRoom, ports: Pick<RoomsPorts, 'roomExists'>): Promise<string> {
  if (!room.isVouched && !(await ports.roomExists(room.ownerId))) throw notFound();
  return room.ownerId;
}

/** The room of a call, which exists. @throws Refusal 400, 403 or 404 */
export async function whichRoom(
  caller: Caller,
  ownerId: string | undefined,
  ports: Pick<RoomsPorts, 'roomExists'>,
): Promise<string> {
  return enterRoom(namedRoom(caller, ownerId), ports);
}

/** The caller's own room. @throws Refusal 403 for anybody but its owner */
export function ownRoom(caller: Caller, ownerId?: string): string {
  const room = caller.owner ?? caller.subject;
  const isOwn = caller.type === 'user' && room === caller.subject && (ownerId ?? room) === room;
  if (!isOwn) throw forbidden();
  return room;
}
