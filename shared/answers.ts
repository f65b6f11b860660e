import type { Knex } from 'knex';
import type { Transaction } from './database.ts';
import { keyReused } from './endpoint.ts';
import { uuidToBytes } from './ids.ts';

/**
 * Answers of synchronous calls that came with an Idempotency-Key, so that a repeat gets the first call's. They are kept
 * for good: one key has one effect, for ever (contract.md, 2).
 */
export interface AnswerKey {
  /** Of caller, operation and key (shared/ids.ts). */
  readonly id: string;
  /** Whether the caller gave a key; without one nothing is looked up and nothing is stored. */
  readonly isKeyed: boolean;
  /** sha256 in hex of the canonical body. */
  readonly fingerprint: string;
}

/** For a day another body under a key is refused; later the first stands, as on the publish routes (contract.md, 2). */
const KEY_GUARD_S = 86_400;
/** What a claimed row holds until its transaction has the answer; no other transaction ever reads it. */
const PENDING = '';

/** The answers table, alike in every context that has such calls; called by one of the context's migrations. */
export async function createAnswersTable(knex: Knex): Promise<void> {
  await knex.schema.createTable('answers', (table) => {
    table.charset('utf8mb4');
    table.collate('utf8mb4_unicode_520_ci');
    table.specificType('request_id', 'BINARY(16) NOT NULL PRIMARY KEY');
    table.specificType('fingerprint', 'CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL');
    table.specificType('answer', 'TEXT NOT NULL');
    table.specificType('created_at', 'DATETIME(6) NOT NULL');
    table.index(['created_at']);
  });
}

/**
 * Runs `work` once for a key, and stores its answer in the same transaction; a repeat gets the stored one. The key is
 * claimed before the work begins, so that a twin that comes meanwhile waits here and never sees its own call's effect as
 * somebody else's. To be called first in its transaction, before any other lock is taken. Where `work` throws, the
 * caller's transaction must end with it: then nothing is stored, and the same key may be tried again.
 * @param work its answer must survive JSON, and is kept as it is: nothing that must not be read later
 * @throws Refusal 422 where the key has been used with another body within the day
 */
export async function answerOnce<T>(
  tx: Transaction,
  key: AnswerKey,
  work: () => Promise<T>,
): Promise<{ answer: T; repeated: boolean }> {
  if (!key.isKeyed) return { answer: await work(), repeated: false };
  const stored = await claim(tx, key);
  if (stored) {
    if (stored.isGuarded && stored.fingerprint !== key.fingerprint) throw keyReused();
    return { answer: JSON.parse(stored.answer) as T, repeated: true };
  }
  const answer = await work();
  await tx.change('UPDATE answers SET answer = ? WHERE request_id = ?', [JSON.stringify(answer), uuidToBytes(key.id)]);
  return { answer, repeated: false };
}

interface Stored {
  readonly fingerprint: string;
  readonly answer: string;
  readonly isGuarded: boolean;
}

/**
 * What is stored under the key, or null where it is this transaction's own from now on. The insert waits for whoever
 * holds the key; one that meets a row changes nothing and only locks it, so that a twin needs no second run. Only where the
 * first call is refused may those who waited for it deadlock over the place of its row, and are run again.
 */
async function claim(tx: Transaction, { id, fingerprint }: AnswerKey): Promise<Stored | null> {
  await tx.change(
    'INSERT INTO answers (request_id, fingerprint, answer, created_at) VALUES (?, ?, ?, UTC_TIMESTAMP(6)) ' +
      'ON DUPLICATE KEY UPDATE request_id = request_id',
    [uuidToBytes(id), fingerprint, PENDING],
  );
  const [row] = await tx.select<{ fingerprint: string; answer: string; is_guarded: number }>(
    'SELECT fingerprint, answer, created_at > UTC_TIMESTAMP(6) - INTERVAL ? SECOND AS is_guarded ' +
      'FROM answers WHERE request_id = ?',
    [KEY_GUARD_S, uuidToBytes(id)],
  );
  if (!row || row.answer === PENDING) return null;
  return { fingerprint: row.fingerprint, answer: row.answer, isGuarded: Number(row.is_guarded) === 1 };
}
