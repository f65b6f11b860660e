import { systemClock } from '../../../shared/clock.ts';
import { type Database, openDatabase } from '../../../shared/database.ts';
import { Refusal } from '../../../shared/endpoint.ts';
import { decodeEvent } from '../../../shared/event.ts';
import type { Payload } from '../../../shared/events/catalogue.ts';
import { pairKey } from '../../../shared/events/friendships.ts';
import { freshId, uuidToBytes } from '../../../shared/ids.ts';
import type { RpcService } from '../../../shared/rpc.ts';
import { PATIENT, testDatabase } from '../../../shared/testing/database.ts';
import { testLog } from '../../../shared/testing/environment.ts';
import { type Given, type Harness, startHarness } from '../../../shared/testing/harness.ts';
import type { FriendshipEvent, Pair } from '../friendship.ts';
import { markPerson } from '../listeners/mark-person.ts';
import { openFriendList } from '../listeners/open-friend-list.ts';
import { rememberProfile } from '../listeners/remember-profile.ts';
import type { FriendsQuestions, PairRequest } from '../questions.ts';
import { friendsQuestions, friendsService } from '../service.ts';
import { lockPair } from '../tables/pairs.ts';
import type { Told } from './replay.ts';

const CONNECTIONS = 16;

export interface Someone {
  readonly uuid: string;
  readonly name: string;
}

/** The friends on a real database, with as many connections as a busy one has. */
export interface TestFriends {
  readonly database: Database;
  readonly questions: FriendsQuestions;
  /** The same questions, as a host serves them. */
  readonly service: RpcService;
  /** A member of the group friends; handles one batch at a time. */
  readonly worker: Harness;
  /** People who have just registered. */
  people(...names: readonly string[]): Promise<Someone[]>;
  /** What one person asks of another, without a key unless the test gives one. */
  between(by: Someone, other: { uuid: string }, more?: Partial<PairRequest>): PairRequest;
  /** What the two are to each other. */
  pair(one: Someone, other: Someone): Promise<Pair>;
  /** What was told of the two, in the order of the log. */
  told(one: Someone, other: Someone): Promise<(Told & { readonly payload: Payload<FriendshipEvent> })[]>;
  /** How often a commit was announced to the relay. */
  commits(): number;
  close(): Promise<void>;
}

export async function openTestFriends(): Promise<TestFriends> {
  const on = await testDatabase('friends');
  const database = openDatabase(on.url, CONNECTIONS, PATIENT);
  const listeners = [openFriendList, rememberProfile, ...Object.values(markPerson)];
  const worker = await startHarness({ ...on, database }, listeners);
  let commits = 0;
  const options = {
    database,
    replica: database,
    redis: worker.redis,
    namespace: on.namespace,
    currency: 'USD',
    clock: systemClock,
    log: testLog,
    committed: () => void commits++,
  };
  const questions = friendsQuestions(options);
  return {
    database,
    questions,
    service: friendsService(options),
    worker,
    async people(...names) {
      const people = names.map((name) => ({ uuid: freshId(), name }));
      await worker.when(...people.map(registered));
      return people;
    },
    between: (by, other, more = {}) => ({
      ...{ request_id: '', fingerprint: 'f', caller: { uuid: by.uuid, name: by.name }, person: other.uuid },
      ...more,
    }),
    pair: (one, other) => database.transaction((tx) => lockPair(tx, [one.uuid, other.uuid], false, new Date())),
    told: (one, other) => toldOf(database, pairKey(one.uuid, other.uuid)),
    commits: () => commits,
    async close() {
      await worker.close();
      await database.close();
      await on.drop();
    },
  };
}

/** UserRegistered as the auth context tells it. */
export function registered({ uuid, name }: Someone): Given {
  return { name: 'UserRegistered', payload: { uuid, nickname: name, created_at: '2026-01-01T00:00:00.000Z' } };
}

/** UserDeleted, UserBlocked or UserUnblocked. */
export function happened(name: 'UserDeleted' | 'UserBlocked' | 'UserUnblocked', { uuid }: Someone): Given {
  return { name, payload: { uuid, created_at: '2026-01-02T00:00:00.000Z' } };
}

/** ProfileUpdated with this nickname. */
export function profile({ uuid }: { uuid: string }, nickname: string | null, version: number): Given {
  const rest = { about: '', avatar: null, messages_from: 'friends' as const, updated_at: '2026-01-02T00:00:00.000Z' };
  return { name: 'ProfileUpdated', payload: { uuid, nickname, version, ...rest } };
}

/** "done", or the status of the refusal. @throws whatever is none: no deadlock may ever surface */
export async function statusOf(asking: Promise<{ repeated: boolean }>): Promise<number | 'done' | 'repeated'> {
  try {
    return (await asking).repeated ? 'repeated' : 'done';
  } catch (error) {
    if (error instanceof Refusal) return error.status;
    throw error;
  }
}

async function toldOf(database: Database, key: string) {
  const rows = await database.select<{ headers: string; payload: string }>(
    "SELECT headers, payload FROM outbox WHERE topic = 'friendships' AND record_key = ? ORDER BY id",
    [key],
  );
  return rows.map((row) => {
    const at = { topic: 'friendships' as const, partition: 0, offset: 0n, key, timestampMs: 0 };
    const headers = JSON.parse(row.headers) as Record<string, string>;
    const read = decodeEvent({ ...at, headers, value: Buffer.from(row.payload) });
    if (read.kind !== 'event') throw new Error(`told, but no consumer would take it: ${row.payload}`);
    const payload = read.event.payload as Payload<FriendshipEvent>;
    return { name: read.event.name as FriendshipEvent, by: payload.by.uuid, version: payload.version, payload };
  });
}

/** Rows of a person in the tables of pairs and blocks that still say something. */
export async function relationsLeft(database: Database, { uuid }: { uuid: string }): Promise<number> {
  const id = uuidToBytes(uuid);
  const [row] = await database.select<{ number: string }>(
    "SELECT (SELECT COUNT(*) FROM friendships WHERE (low = ? OR high = ?) AND state <> 'none') + " +
      '(SELECT COUNT(*) FROM blocks WHERE blocker = ? OR blocked = ?) AS number',
    [id, id, id, id],
  );
  return Number(row?.number);
}
