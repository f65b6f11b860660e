import { fromSqlTime, toSqlTime, type Transaction } from '../../../shared/database.ts';
import { bytesToUuid, uuidToBytes } from '../../../shared/ids.ts';

/** One login, and everything that was refreshed from it. */
export interface Session {
  readonly id: string;
  readonly accountId: string;
  /** RFC 3339; null while it is open. */
  readonly endedAt: string | null;
}

interface SessionRow extends Record<string, unknown> {
  id: Buffer;
  account_id: Buffer;
  ended_at: string | null;
}

const COLUMNS = 'id, account_id, ended_at';
const USER_AGENT_CHARACTERS = 200;

export async function insertSession(
  tx: Transaction,
  session: { id: string; accountId: string; by: string; userAgent: string; createdAt: Date; expiresAt: Date },
): Promise<void> {
  const row = [
    uuidToBytes(session.id),
    uuidToBytes(session.accountId),
    session.by,
    session.userAgent.slice(0, USER_AGENT_CHARACTERS).toWellFormed(),
    toSqlTime(session.createdAt),
    toSqlTime(session.expiresAt),
  ];
  await tx.change('INSERT INTO sessions (id, account_id, started_by, user_agent, created_at, expires_at) VALUES ?', [
    [row],
  ]);
}

/** The session with its row locked: of two that refresh it at once, one goes first. */
export async function lockSession(tx: Transaction, id: string): Promise<Session | null> {
  const [row] = await tx.select<SessionRow>(`SELECT ${COLUMNS} FROM sessions WHERE id = ? FOR UPDATE`, [
    uuidToBytes(id),
  ]);
  return row ? toSession(row) : null;
}

/** A session without its lock, or null. */
export async function findSession(tx: Transaction, id: string): Promise<Session | null> {
  const [row] = await tx.select<SessionRow>(`SELECT ${COLUMNS} FROM sessions WHERE id = ?`, [uuidToBytes(id)]);
  return row ? toSession(row) : null;
}

/** A person's open sessions, oldest first. Those that ran out unused are open no longer. */
export async function listOpenSessions(tx: Transaction, accountId: string, now: Date): Promise<string[]> {
  const rows = await tx.select<{ id: Buffer }>(
    'SELECT id FROM sessions WHERE account_id = ? AND ended_at IS NULL AND expires_at > ? ORDER BY created_at, id',
    [uuidToBytes(accountId), toSqlTime(now)],
  );
  return rows.map(({ id }) => bytesToUuid(id));
}

export async function markEnded(tx: Transaction, ids: readonly string[], reason: string, now: Date): Promise<void> {
  if (ids.length === 0) return;
  await tx.change('UPDATE sessions SET ended_at = ?, end_reason = ? WHERE id IN (?) AND ended_at IS NULL', [
    toSqlTime(now),
    reason,
    ids.map(uuidToBytes),
  ]);
}

export async function prolongSession(tx: Transaction, id: string, expiresAt: Date): Promise<void> {
  await tx.change('UPDATE sessions SET expires_at = ? WHERE id = ?', [toSqlTime(expiresAt), uuidToBytes(id)]);
}

/** Sessions that ended after this time, newest first. */
export async function listEndedSince(tx: Transaction, since: Date, maximum: number): Promise<string[]> {
  const rows = await tx.select<{ id: Buffer }>(
    `SELECT id FROM sessions WHERE ended_at > ? ORDER BY ended_at DESC LIMIT ${maximum}`,
    [toSqlTime(since)],
  );
  return rows.map(({ id }) => bytesToUuid(id));
}

/** Removes sessions that ended before this time, at most `rows` of them. @returns how many */
export async function purgeEndedSessions(tx: Transaction, before: Date, rows: number): Promise<number> {
  const sql = `DELETE FROM sessions WHERE ended_at < ? LIMIT ${rows}`;
  return (await tx.change(sql, [toSqlTime(before)])).affectedRows;
}

/** Removes sessions that nobody ended and that ran out before this time, at most `rows` of them. @returns how many */
export async function purgeUnusedSessions(tx: Transaction, before: Date, rows: number): Promise<number> {
  const sql = `DELETE FROM sessions WHERE expires_at < ? AND ended_at IS NULL LIMIT ${rows}`;
  return (await tx.change(sql, [toSqlTime(before)])).affectedRows;
}

function toSession(row: SessionRow): Session {
  return {
    id: bytesToUuid(row.id),
    accountId: bytesToUuid(row.account_id),
    endedAt: row.ended_at === null ? null : fromSqlTime(row.ended_at),
  };
}
