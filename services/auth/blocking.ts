import type { Transaction } from '../../shared/database.ts';
import { keyReused, notFound, readId } from '../../shared/endpoint.ts';
import { freshId } from '../../shared/ids.ts';
import type { AuthOptions } from './options.ts';
import { tellOfPerson } from './person-events.ts';
import type { BlockRequest, Done } from './questions.ts';
import { endSessions } from './sessions.ts';
import { lockAccount, setStatus } from './tables/accounts.ts';
import { findCall, insertCall } from './tables/calls.ts';

/**
 * Blocks a person: every session ends, and none begins. Who is blocked stays so.
 * @throws Refusal 404 where there is no such account, 422 where the key stands for another person
 */
export async function blockPerson(options: AuthOptions, request: BlockRequest): Promise<Done> {
  const uuid = readId('/uuid', request.uuid);
  const outcome = await options.database.transaction(async (tx) => {
    if (request.is_keyed && (await isRepeat(tx, options, request))) return 'repeat';
    return (await setBlocked(tx, options, uuid, true)) ? 'changed' : 'unchanged';
  });
  if (outcome === 'changed') options.committed();
  return { repeated: outcome === 'repeat' };
}

/** Lifts the block of a person; of who is not blocked it changes nothing. @throws Refusal 404 */
export async function unblockPerson(options: AuthOptions, request: { readonly uuid: string }): Promise<Done> {
  const uuid = readId('/uuid', request.uuid);
  const isChanged = await options.database.transaction((tx) => setBlocked(tx, options, uuid, false));
  if (isChanged) options.committed();
  return { repeated: false };
}

/** @returns whether anything has changed */
async function setBlocked(tx: Transaction, options: AuthOptions, uuid: string, isBlocked: boolean): Promise<boolean> {
  const account = await lockAccount(tx, uuid);
  if (!account || account.status === 'deleted') throw notFound();
  const status = isBlocked ? 'blocked' : 'active';
  if (account.status === status) return false;
  const now = options.clock.now();
  await setStatus(tx, uuid, status);
  if (isBlocked) await endSessions(tx, options, uuid, { reason: 'blocked', type: 'UserBlocked' });
  await tellOfPerson(tx, { id: freshId(), name: isBlocked ? 'UserBlocked' : 'UserUnblocked', uuid, now });
  return true;
}

/** A key has one effect: lifted meanwhile or not, the block is not made again. A call that is refused keeps no key. */
async function isRepeat(tx: Transaction, { clock }: AuthOptions, request: BlockRequest): Promise<boolean> {
  const id = readId('/call_id', request.call_id);
  const stored = await findCall(tx, id);
  if (stored !== null && stored !== request.fingerprint) throw keyReused();
  if (stored === null) await insertCall(tx, id, request.fingerprint, clock.now());
  return stored !== null;
}
