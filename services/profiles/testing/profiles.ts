import { systemClock } from '../../../shared/clock.ts';
import { type Database, errorNumber, openDatabase, type Transaction } from '../../../shared/database.ts';
import { decodeEvent } from '../../../shared/event.ts';
import type { Payload } from '../../../shared/events/catalogue.ts';
import { freshId } from '../../../shared/ids.ts';
import type { DatabaseListener } from '../../../shared/listener.ts';
import { PATIENT, testDatabase } from '../../../shared/testing/database.ts';
import { testLog } from '../../../shared/testing/environment.ts';
import { type Given, type Harness, startHarness } from '../../../shared/testing/harness.ts';
import { createProfile } from '../listeners/create-profile.ts';
import { markPerson } from '../listeners/mark-person.ts';
import type { MessagesFrom } from '../profile.ts';
import type { ProfilesQuestions } from '../questions.ts';
import { profilesQuestions } from '../service.ts';

const CONNECTIONS = 16;

/** Profiles on a real database, with as many connections as busy ones have. */
export interface TestProfiles {
  readonly database: Database;
  readonly questions: ProfilesQuestions;
  /** As a host with another setting answers. */
  questionsWith(messagesFromDefault: MessagesFrom): ProfilesQuestions;
  /** A member of the group profiles; each handles one batch at a time. */
  worker(listeners?: readonly DatabaseListener[]): Promise<Harness>;
  /** A new person with a profile of this nickname. */
  person(nickname: string): Promise<string>;
  /** What was said of a person, in order. */
  said(uuid: string): Promise<Payload<'ProfileUpdated'>[]>;
  /** How often a commit was announced to the relay. */
  commits(): number;
  /** What was read from the replica. */
  replicaReads(): number;
  close(): Promise<void>;
}

export async function openTestProfiles(): Promise<TestProfiles> {
  const on = await testDatabase('profiles');
  const pool = openDatabase(on.url, CONNECTIONS, PATIENT);
  const workers: Harness[] = [];
  const own = [createProfile, ...Object.values(markPerson)];
  const worker = async (listeners: readonly DatabaseListener[] = own) => {
    const started = await startHarness({ ...on, database: pool }, listeners);
    workers.push(started);
    return started;
  };
  const { redis } = await worker();
  let commits = 0;
  let replicaReads = 0;
  const select: Transaction['select'] = (sql, parameters) => (replicaReads++, pool.select(sql, parameters));
  const questionsWith = (messagesFromDefault?: MessagesFrom) =>
    profilesQuestions({
      ...{ database: pool, replica: { ...pool, select }, redis, namespace: on.namespace, currency: 'USD' },
      ...{ clock: systemClock, log: testLog, committed: () => void commits++ },
      ...(messagesFromDefault && { messagesFromDefault }),
    });
  const questions = questionsWith();
  return {
    ...{ database: on.database, questions, questionsWith, worker },
    async person(nickname) {
      const uuid = freshId();
      await questions.update({ uuid, registered_as: nickname, nickname });
      return uuid;
    },
    said: (uuid) => saidOf(on.database, uuid),
    commits: () => commits,
    replicaReads: () => replicaReads,
    async close() {
      for (const each of workers) await each.close();
      await pool.close();
      await on.drop();
    },
  };
}

async function saidOf(database: Database, uuid: string): Promise<Payload<'ProfileUpdated'>[]> {
  const rows = await database.select<{ headers: string; payload: string }>(
    "SELECT headers, payload FROM outbox WHERE topic = 'people' AND record_key = ? ORDER BY id",
    [uuid],
  );
  return rows.map(({ headers, payload }) => {
    const at = { topic: 'people' as const, partition: 0, offset: 0n, key: uuid, timestampMs: 0 };
    const read = decodeEvent({
      ...at,
      headers: JSON.parse(headers) as Record<string, string>,
      value: Buffer.from(payload),
    });
    if (read.kind !== 'event') throw new Error(`no consumer would take it: ${read.reason}`);
    return read.event.payload as Payload<'ProfileUpdated'>;
  });
}

/** What auth says of a person. */
export const registered = (uuid: string, nickname: string): Given => ({
  name: 'UserRegistered',
  payload: { uuid, nickname, created_at: new Date().toISOString() },
});
export const marked = (name: 'UserDeleted' | 'UserBlocked' | 'UserUnblocked', uuid: string): Given => ({
  ...{ name, id: freshId(), payload: { uuid, created_at: new Date().toISOString() } },
});

/** The status of a refusal, or "done". */
export async function statusOf(asking: Promise<unknown>): Promise<string | number> {
  return asking.then(
    () => 'done',
    (error: unknown) => (error as { status?: number }).status ?? `error ${errorNumber(error)}: ${String(error)}`,
  );
}
