import { fromSqlTime, toSqlTime, type Transaction } from '../../../shared/database.ts';
import { bytesToUuid, uuidToBytes } from '../../../shared/ids.ts';

/** A nickname with the word of the profile that it comes from; both null until the profile has spoken. */
export interface HeldNickname {
  readonly id: string;
  readonly nickname: string | null;
  /** RFC 3339. */
  readonly at: string | null;
  readonly version: number | null;
}

interface NicknameRow extends Record<string, unknown> {
  id: Buffer;
  nickname: string | null;
  nickname_at: string | null;
  nickname_version: string | null;
}

const NICKNAME = 'SELECT id, nickname, nickname_at, nickname_version FROM accounts';

/** By id, without locks; who has no account, or had one, is left out. */
export async function findNicknames(
  tx: Transaction,
  ids: readonly string[],
): Promise<ReadonlyMap<string, HeldNickname>> {
  if (ids.length === 0) return new Map();
  const sql = `${NICKNAME} WHERE id IN (?) AND status <> 'deleted'`;
  const rows = await tx.select<NicknameRow>(sql, [ids.map(uuidToBytes)]);
  return new Map(rows.map((row) => [bytesToUuid(row.id), toHeld(row)]));
}

/**
 * Locks the accounts of these people and of all who have one of these nicknames, in the order of their ids. Who has one
 * is asked without a lock: by a nickname its entry in the index would be locked before the row, while whoever gives the
 * nickname up holds the row and then changes the entry.
 * @returns the ids of those who have an account and whose row is locked now
 */
export async function lockInvolved(
  tx: Transaction,
  ids: readonly string[],
  nicknames: readonly string[],
): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const holders =
    nicknames.length === 0
      ? []
      : await tx.select<{ id: Buffer }>('SELECT id FROM accounts WHERE nickname IN (?)', [nicknames]);
  const involved = [...new Set([...ids, ...holders.map(({ id }) => bytesToUuid(id))])].sort();
  // The index is named since on a small table a full scan, which waits for rows of others, would seem cheaper.
  const rows = await tx.select<{ id: Buffer }>(
    'SELECT id FROM accounts FORCE INDEX (PRIMARY) WHERE id IN (?) ORDER BY id FOR UPDATE',
    [involved.map(uuidToBytes)],
  );
  return new Set(rows.map(({ id }) => bytesToUuid(id)));
}

/** Who else has this nickname, without a lock; null where it is free. */
export async function findHolder(tx: Transaction, nickname: string, except: string): Promise<HeldNickname | null> {
  const sql = `${NICKNAME} WHERE nickname = ? AND id <> ?`;
  const [row] = await tx.select<NicknameRow>(sql, [nickname, uuidToBytes(except)]);
  return row ? toHeld(row) : null;
}

export async function setNickname(
  tx: Transaction,
  id: string,
  nickname: string | null,
  word: { readonly at: string; readonly version: number },
): Promise<void> {
  await tx.change('UPDATE accounts SET nickname = ?, nickname_at = ?, nickname_version = ? WHERE id = ?', [
    nickname,
    toSqlTime(word.at),
    word.version,
    uuidToBytes(id),
  ]);
}

/** The nickname is somebody else's; the profile's own next word says what it is now. */
export async function clearNickname(tx: Transaction, id: string): Promise<void> {
  await tx.change('UPDATE accounts SET nickname = NULL WHERE id = ?', [uuidToBytes(id)]);
}

function toHeld(row: NicknameRow): HeldNickname {
  return {
    id: bytesToUuid(row.id),
    nickname: row.nickname,
    at: row.nickname_at === null ? null : fromSqlTime(row.nickname_at),
    version: row.nickname_version === null ? null : Number(row.nickname_version),
  };
}
