import { answerOnce } from '../../shared/answers.ts';
import type { Transaction } from '../../shared/database.ts';
import { badParams, forbidden, notFound, readId } from '../../shared/endpoint.ts';
import { encodeEvent } from '../../shared/event.ts';
import { pairKey } from '../../shared/events/friendships.ts';
import { derivedId } from '../../shared/ids.ts';
import { insertOutbox, type OutboxEntry } from '../../shared/outbox.ts';
import type { ServiceOptions } from '../../shared/service.ts';
import { type Command, decide, type FriendshipEvent } from './friendship.ts';
import type { KnownPerson } from './person.ts';
import type { PairAnswer, PairRequest } from './questions.ts';
import { refusalOf } from './refusals.ts';
import { lockPair, savePair } from './tables/pairs.ts';
import { holdPeople } from './tables/people.ts';

/** What may be the first thing that ever happens between two people; and never fails then, so that no row stays empty. */
const OPENS: ReadonlySet<Command> = new Set<Command>(['request', 'block']);
/** What an operator's block of the other stands against: becoming closer. */
const NEEDS_ACTIVE: ReadonlySet<Command> = new Set<Command>(['request', 'accept']);

/**
 * One command between two people, in one transaction with its event: recognise a repeat, hold both people, lock the pair,
 * decide, write. Everybody takes these locks in this order.
 */
export async function commandPair(
  options: ServiceOptions,
  command: Command,
  request: PairRequest,
): Promise<PairAnswer> {
  const { request_id: id, fingerprint } = checkRequest(request);
  const { answer, repeated } = await options.database.transaction((tx) =>
    answerOnce(tx, { id, isKeyed: id !== '', fingerprint }, () => commandIn(tx, options, command, request)),
  );
  if (!repeated) options.committed();
  return { ...answer, repeated };
}

async function commandIn(
  tx: Transaction,
  options: ServiceOptions,
  command: Command,
  { caller, person }: PairRequest,
): Promise<Pick<PairAnswer, 'state'>> {
  const people = await holdPeople(tx, caller, person);
  const [by, other] = [people.get(caller.uuid), people.get(person)];
  if (by?.status !== 'active') throw forbidden();
  if (!other || !isWithin(command, other)) throw notFound();
  const now = options.clock.now();
  const pair = await lockPair(tx, [by.uuid, other.uuid], OPENS.has(command), now);
  const decision = decide(command, pair, by.uuid);
  if (decision.kind === 'refused') throw refusalOf(decision.why);
  if (decision.kind === 'unchanged') return { state: pair.state };
  const { event, pair: after } = decision;
  await savePair(tx, { by: by.uuid, other: other.uuid, event, pair: after }, now);
  await insertOutbox(tx, [toEntry(event, by, other, after.version, now)]);
  return { state: after.state };
}

/** Whether the other can be meant by the command at all. */
function isWithin(command: Command, { status }: KnownPerson): boolean {
  return status === 'active' || (status === 'blocked' && !NEEDS_ACTIVE.has(command));
}

/** The id is of the pair and the version: run again after a rollback, a step bears it again. */
function toEntry(name: FriendshipEvent, by: KnownPerson, other: KnownPerson, version: number, now: Date): OutboxEntry {
  const eventId = derivedId(`${pairKey(by.uuid, other.uuid)}:${version}`, name);
  const payload = {
    by: { uuid: by.uuid, name: by.name },
    other: { uuid: other.uuid, name: other.name },
    version,
    created_at: now.toISOString(),
  };
  return { eventId, record: encodeEvent({ id: eventId, name, payload, source: 'rostra/friends', time: now }) };
}

/** @throws Refusal 400 */
function checkRequest(request: PairRequest): PairRequest {
  if (request.request_id !== '') readId('/request_id', request.request_id);
  const caller = readId('/caller', request.caller.uuid);
  if (readId('/uuid', request.person) === caller) throw badParams('/uuid', 'must not be your own');
  return request;
}
