import { type Row, toSqlTime, type Transaction } from '../../../shared/database.ts';
import { bytesToUuid, uuidToBytes } from '../../../shared/ids.ts';
import { type FriendshipEvent, type Pair, strangers } from '../friendship.ts';

/** Every function takes an open transaction. What is between two people, blocks included, changes under the pair's lock. */

/** @returns the pair's key in the tables: the one whose uuid sorts first, and the other */
function keyOf(one: string, other: string): readonly [Buffer, Buffer] {
  return one < other ? [uuidToBytes(one), uuidToBytes(other)] : [uuidToBytes(other), uuidToBytes(one)];
}

/**
 * Locks a pair and reads it.
 * @param opens whether a missing row is made first, so that there is something to lock; without it, a pair without a row
 * is one of strangers
 */
export async function lockPair(
  tx: Transaction,
  people: readonly [string, string],
  opens: boolean,
  now: Date,
): Promise<Pair> {
  const [low, high] = keyOf(...people);
  if (opens) {
    await tx.change(
      'INSERT INTO friendships (low, high, changed_at) VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE low = low',
      [low, high, toSqlTime(now)],
    );
  }
  const [row] = await tx.select<Row & { state: Pair['state']; requested_by: Buffer | null; version: string }>(
    'SELECT state, requested_by, version FROM friendships WHERE low = ? AND high = ? FOR UPDATE',
    [low, high],
  );
  if (!row) return strangers;
  const blocks = await tx.select<{ blocker: Buffer }>(
    'SELECT blocker FROM blocks WHERE (blocker = ? AND blocked = ?) OR (blocker = ? AND blocked = ?)',
    [low, high, high, low],
  );
  return {
    state: row.state,
    requestedBy: row.requested_by && bytesToUuid(row.requested_by),
    blockedBy: new Set(blocks.map(({ blocker }) => bytesToUuid(blocker))),
    version: Number(row.version),
  };
}

/** A step that was decided on a locked pair. */
export interface Step {
  readonly by: string;
  readonly other: string;
  readonly event: FriendshipEvent;
  /** As it is after the step. */
  readonly pair: Pair;
}

/** Writes a step. */
export async function savePair(tx: Transaction, { by, other, event, pair }: Step, now: Date): Promise<void> {
  const [low, high] = keyOf(by, other);
  const { state, requestedBy, version } = pair;
  await tx.change(
    'UPDATE friendships SET state = ?, requested_by = ?, version = ?, changed_at = ? WHERE low = ? AND high = ?',
    [state, requestedBy && uuidToBytes(requestedBy), version, toSqlTime(now), low, high],
  );
  const [blocker, blocked] = [uuidToBytes(by), uuidToBytes(other)];
  if (event === 'PersonBlocked') {
    const row = [blocker, blocked, toSqlTime(now)];
    await tx.change('INSERT INTO blocks (blocker, blocked, created_at) VALUES ?', [[row]]);
  }
  if (event === 'PersonUnblocked') {
    await tx.change('DELETE FROM blocks WHERE blocker = ? AND blocked = ?', [blocker, blocked]);
  }
}

/** Keys in one statement. */
const KEYS_AT_ONCE = 400;

type Key = readonly [Buffer, Buffer];

/**
 * Ends all that people who are gone had with anybody. Their rows in `people` are locked by now, so that nothing new
 * begins meanwhile; versions stay, since nothing is told. What there is to end is found without locks, and ended by its
 * primary key, in the order of keys: two friends who go at once would reach their row by another index each, and each
 * would hold the entry that the other must change.
 */
export async function endRelations(tx: Transaction, people: readonly string[], now: Date): Promise<void> {
  if (people.length === 0) return;
  const gone = people.map(uuidToBytes);
  for (const keys of batchesOf(await findOpenPairs(tx, gone))) {
    await tx.change(
      `UPDATE friendships FORCE INDEX (PRIMARY) SET state = 'none', requested_by = NULL, changed_at = ?
         WHERE (low, high) IN (?) AND state <> 'none' ORDER BY low, high`,
      [toSqlTime(now), keys],
    );
  }
  for (const keys of batchesOf(await findBlocks(tx, gone))) {
    // Locked first: the only kind of DELETE that takes the name of an index has no order.
    await tx.select(
      `SELECT blocker FROM blocks FORCE INDEX (PRIMARY)
         WHERE (blocker, blocked) IN (?) ORDER BY blocker, blocked FOR UPDATE`,
      [keys],
    );
    await tx.change('DELETE blocks FROM blocks FORCE INDEX (PRIMARY) WHERE (blocker, blocked) IN (?)', [keys]);
  }
}

/** Keys of the pairs of these people that are something to each other, in order. */
async function findOpenPairs(tx: Transaction, people: readonly Buffer[]): Promise<Key[]> {
  const of = (side: 'low' | 'high', other: 'low' | 'high') =>
    `SELECT low, high FROM friendships FORCE INDEX (friendships_${side}_changed_at_${other}_index)
       WHERE ${side} IN (?) AND state <> 'none'`;
  const rows = await tx.select<{ low: Buffer; high: Buffer }>(
    `${of('low', 'high')} UNION ${of('high', 'low')} ORDER BY low, high`,
    [people, people],
  );
  return rows.map(({ low, high }) => [low, high]);
}

/** Keys of the blocks by these people and of them, in order. */
async function findBlocks(tx: Transaction, people: readonly Buffer[]): Promise<Key[]> {
  const rows = await tx.select<{ blocker: Buffer; blocked: Buffer }>(
    `SELECT blocker, blocked FROM blocks WHERE blocker IN (?) UNION
       SELECT blocker, blocked FROM blocks WHERE blocked IN (?) ORDER BY blocker, blocked`,
    [people, people],
  );
  return rows.map(({ blocker, blocked }) => [blocker, blocked]);
}

function batchesOf(keys: readonly Key[]): Key[][] {
  const starts = Array.from({ length: Math.ceil(keys.length / KEYS_AT_ONCE) }, (_, at) => at * KEYS_AT_ONCE);
  return starts.map((start) => keys.slice(start, start + KEYS_AT_ONCE));
}
