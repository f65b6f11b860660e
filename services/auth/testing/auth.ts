import { decodeControl } from '../../../shared/control.ts';
import { type Database, openDatabase } from '../../../shared/database.ts';
import { decodeEvent } from '../../../shared/event.ts';
import { freshId, uuidToBytes } from '../../../shared/ids.ts';
import type { InRecord } from '../../../shared/kafka.ts';
import type { DatabaseListener } from '../../../shared/listener.ts';
import { connectRedis, type Redis } from '../../../shared/redis.ts';
import { PATIENT, testDatabase } from '../../../shared/testing/database.ts';
import { fromStack, testLog } from '../../../shared/testing/environment.ts';
import { type Harness, startHarness } from '../../../shared/testing/harness.ts';
import type { TopicName } from '../../../shared/topics.ts';
import type { AuthOptions } from '../options.ts';
import type { AuthQuestions, LoginRequest, OwnRequest, RegisterRequest, SignedIn } from '../questions.ts';
import { authOptions, authQuestions } from '../service.ts';

const CONNECTIONS = 5;

/** Auth on a real database, with a clock that the test moves; the database's own goes by it. */
export interface TestAuth {
  readonly database: Database;
  readonly redis: Redis;
  readonly options: AuthOptions;
  readonly questions: AuthQuestions;
  /**
   * The same questions as another process with the same database answers them: nothing is shared in memory, and its clock
   * is `skewMs` ahead, or behind.
   */
  another(skewMs?: number): AuthQuestions;
  /** The clock stands still until it is moved. */
  advance(ms: number): void;
  /** How often a commit was announced to the relay. */
  commits(): number;
  /** What was put into the outbox under this person's key: events by their name, control records by their type. */
  saidOf(uuid: string): Promise<Said[]>;
  statusOf(uuid: string): Promise<Record<string, unknown>>;
  worker(...listeners: DatabaseListener[]): Promise<Harness>;
  close(): Promise<void>;
}

export interface Said {
  readonly name: string;
  readonly payload: Record<string, unknown>;
}

export async function openTestAuth(): Promise<TestAuth> {
  const on = await testDatabase('auth');
  const pool = openDatabase(on.url, CONNECTIONS, PATIENT);
  const redis = connectRedis(fromStack('REDIS_URL'), testLog);
  const harnesses: Harness[] = [];
  let [nowMs, commits] = [Date.now(), 0];
  const given = {
    database: atTime(pool, () => nowMs),
    replica: pool,
    redis,
    namespace: on.namespace,
    currency: 'USD',
    clock: { now: () => new Date(nowMs) },
    log: testLog,
    messagesFromDefault: 'friends' as const,
    committed: () => void commits++,
  };
  const options = authOptions(given);
  return {
    database: on.database,
    redis,
    options,
    questions: authQuestions(options),
    another: (skewMs = 0) => authQuestions(authOptions({ ...given, clock: { now: () => new Date(nowMs + skewMs) } })),
    advance: (ms) => void (nowMs += ms),
    commits: () => commits,
    saidOf: (uuid) => saidOf(on.database, uuid),
    async statusOf(uuid) {
      const [row] = await on.database.select('SELECT * FROM accounts WHERE id = ?', [uuidToBytes(uuid)]);
      return row ?? {};
    },
    async worker(...listeners) {
      const started = await startHarness(on, listeners);
      harnesses.push(started);
      return started;
    },
    async close() {
      for (const harness of harnesses) await harness.close();
      redis.disconnect();
      await pool.close();
      await on.drop();
    },
  };
}

/** The same database, in whose transactions UTC_TIMESTAMP is the test's time. */
function atTime(database: Database, nowMs: () => number): Database {
  return {
    ...database,
    transaction: (work) =>
      database.transaction(async (tx) => {
        await tx.change('SET TIMESTAMP = ?', [nowMs() / 1_000]);
        return work(tx);
      }),
  };
}

async function saidOf(database: Database, uuid: string): Promise<Said[]> {
  const rows = await database.select<{ topic: TopicName; headers: string; payload: string }>(
    'SELECT topic, headers, payload FROM outbox WHERE record_key = ? ORDER BY id',
    [uuid],
  );
  return rows.map(({ topic, headers, payload }) => {
    const record: InRecord = {
      ...{ topic, partition: 0, offset: 0n, key: uuid, timestampMs: 0 },
      ...{ value: Buffer.from(payload), headers: JSON.parse(headers) as Record<string, string> },
    };
    const control = decodeControl(record);
    if (control) return { name: control.type, payload: { ...control } };
    const read = decodeEvent(record);
    return read.kind === 'event'
      ? { name: read.event.name, payload: read.event.payload }
      : { name: read.reason, payload: {} };
  });
}

export const PASSWORD = 'a horse on the moon';
let people = 0;

/** A valid number of nobody's, another one at each call. */
export function freshPhone(): string {
  return `+1213373${String(4000 + people++).padStart(4, '0')}`;
}

export function registration(more: Partial<RegisterRequest> = {}): RegisterRequest {
  const given = { call_id: freshId(), is_keyed: false, phone: freshPhone(), password: PASSWORD };
  return { ...given, nickname: '', email: '', user_agent: 'a test', ...more };
}

export function loginBy(kind: LoginRequest['kind'], identifier: string, password = PASSWORD): LoginRequest {
  return { kind, identifier, password, user_agent: 'a test' };
}

export interface Claims {
  readonly sub: string;
  readonly sid: string;
  readonly type: string;
  readonly name?: string;
  readonly exp: number;
}

/** What an access token says, unchecked. */
export function claimsOf({ token }: Pick<SignedIn, 'token'>): Claims {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Claims;
}

/** Who asks, as the ingress reads it from their token. */
export function ownOf(signed: Pick<SignedIn, 'token'>): OwnRequest {
  const { sub, sid } = claimsOf(signed);
  return { subject: sub, session: sid };
}
