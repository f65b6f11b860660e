import { type Row, type Transaction } from '../../../shared/database.ts';
import { invariant } from '../../../shared/errors.ts';
import { bytesToUuid, uuidToBytes } from '../../../shared/ids.ts';
import type { MessagesFrom, Profile, Status } from '../profile.ts';
import { ESCAPE, prefixPattern } from '../search.ts';

const COLUMNS = 'uuid, nickname, about, avatar, messages_from, status, version';

interface ProfileRow extends Row {
  uuid: Buffer;
  nickname: string | null;
  about: string;
  avatar: Buffer | null;
  messages_from: MessagesFrom;
  status: Status;
  version: string;
}

export async function findProfile(tx: Transaction, uuid: string): Promise<Profile | null> {
  const [row] = await tx.select<ProfileRow>(`SELECT ${COLUMNS} FROM profiles WHERE uuid = ?`, [uuidToBytes(uuid)]);
  return row ? toProfile(row) : null;
}

/** Which of these people have a profile, and what their statuses are; a mark that was made beforehand is none. */
export async function findStatuses(tx: Transaction, uuids: readonly string[]): Promise<ReadonlyMap<string, Status>> {
  if (uuids.length === 0) return new Map();
  const rows = await tx.select<Pick<ProfileRow, 'uuid' | 'status'>>(
    'SELECT uuid, status FROM profiles WHERE uuid IN (?) AND version > 0',
    [uuids.map(uuidToBytes)],
  );
  return new Map(rows.map(({ uuid, status }) => [bytesToUuid(uuid), status]));
}

/** The profiles of these people, each locked, in the one order of their uuids. */
export async function lockProfiles(tx: Transaction, uuids: readonly string[]): Promise<ReadonlyMap<string, Profile>> {
  if (uuids.length === 0) return new Map();
  const rows = await tx.select<ProfileRow>(
    `SELECT ${COLUMNS} FROM profiles FORCE INDEX (PRIMARY) WHERE uuid IN (?) ORDER BY uuid FOR UPDATE`,
    [[...new Set(uuids)].sort().map(uuidToBytes)],
  );
  return new Map(rows.map(toProfile).map((profile) => [profile.uuid, profile]));
}

/** Whether somebody else has this nickname, or one that differs from it in case or accents only. */
export async function isNicknameTaken(tx: Transaction, nickname: string, uuid: string): Promise<boolean> {
  const rows = await tx.select('SELECT 1 FROM profiles WHERE nickname = ? AND uuid <> ?', [
    nickname,
    uuidToBytes(uuid),
  ]);
  return rows.length > 0;
}

/** @throws a duplicate key where the profile is there already, or somebody else has the nickname */
export async function insertProfile(tx: Transaction, profile: Profile): Promise<void> {
  const { uuid, nickname, about, avatar, messagesFrom, status, version } = profile;
  await tx.change(
    `INSERT INTO profiles (${COLUMNS}, created_at, updated_at) VALUES (?, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))`,
    [[uuidToBytes(uuid), nickname, about, avatar && uuidToBytes(avatar), messagesFrom, status, version]],
  );
}

/** Writes a profile whose row is locked. @throws a duplicate key where somebody else has the nickname */
export async function saveProfile(tx: Transaction, profile: Profile): Promise<void> {
  const { uuid, nickname, about, avatar, messagesFrom, status, version } = profile;
  await tx.change(
    'UPDATE profiles SET nickname = ?, about = ?, avatar = ?, messages_from = ?, status = ?, version = ? WHERE uuid = ?',
    [nickname, about, avatar && uuidToBytes(avatar), messagesFrom, status, version, uuidToBytes(uuid)],
  );
}

/**
 * Gives profiles that this transaction has just written their time of change: later than every one that is committed,
 * even where the server's clock has gone back. To be called after the write, as a statement of its own, which the write
 * may have waited for: now this transaction holds the nickname's key, and whoever freed that nickname has committed. So
 * whoever takes a nickname has a later time than whoever freed it, by which others decide who holds it.
 * @returns the time, RFC 3339, always with six digits: of two, the later is the greater text
 */
export async function stampProfiles(tx: Transaction, uuids: readonly string[]): Promise<string> {
  const [row] = await tx.select<{ at: string }>(
    'SELECT GREATEST(UTC_TIMESTAMP(6), MAX(updated_at) + INTERVAL 1 MICROSECOND) AS at FROM profiles',
  );
  invariant(row?.at, 'profiles are written before they are stamped');
  await tx.change('UPDATE profiles SET updated_at = ? WHERE uuid IN (?)', [row.at, uuids.map(uuidToBytes)]);
  return `${row.at.replace(' ', 'T')}Z`;
}

/** Marks profiles; those of deleted people stay deleted. */
export async function setStatus(tx: Transaction, uuids: readonly string[], status: Status): Promise<void> {
  await tx.change("UPDATE profiles SET status = ? WHERE uuid IN (?) AND status <> 'deleted'", [
    status,
    uuids.map(uuidToBytes),
  ]);
}

/** People whose nicknames begin with this text, case and accents apart, in the nicknames' order: a range of their index. */
export async function searchProfiles(
  tx: Transaction,
  text: string,
  after: string | null,
  limit: number,
): Promise<Profile[]> {
  const rows = await tx.select<ProfileRow>(
    `SELECT ${COLUMNS} FROM profiles WHERE nickname LIKE ? ESCAPE '${ESCAPE}' AND status = 'active'` +
      `${after === null ? '' : ' AND nickname > ?'} ORDER BY nickname LIMIT ?`,
    [prefixPattern(text), ...(after === null ? [] : [after]), limit],
  );
  return rows.map(toProfile);
}

function toProfile(row: ProfileRow): Profile {
  return {
    uuid: bytesToUuid(row.uuid),
    nickname: row.nickname,
    about: row.about,
    avatar: row.avatar && bytesToUuid(row.avatar),
    messagesFrom: row.messages_from,
    status: row.status,
    version: Number(row.version),
  };
}
