import { toSqlTime, type Transaction } from '../../../shared/database.ts';
import { bytesToUuid, uuidToBytes } from '../../../shared/ids.ts';

/** Somebody who can log in. What is null was never given, or went with the account. */
export interface Account {
  readonly id: string;
  /** E.164. */
  readonly phone: string | null;
  /** In lower case. */
  readonly email: string | null;
  readonly isEmailVerified: boolean;
  /** Auth's copy: the profile decides (RememberNickname). */
  readonly nickname: string | null;
  /** Null: they log in by other ways only. */
  readonly passwordHash: string | null;
  readonly type: 'user' | 'client';
  readonly status: 'active' | 'blocked' | 'deleted';
}

export interface NewAccount extends Omit<Account, 'type' | 'status'> {
  /** What a register call with a key is known by; both null for every other account. */
  readonly registerId: string | null;
  readonly registerFingerprint: Buffer | null;
  readonly createdAt: Date;
}

export type IdentifierKind = 'phone' | 'email' | 'nickname';

const COLUMNS = 'id, phone, email, is_email_verified, nickname, password_hash, type, status';

interface AccountRow extends Record<string, unknown> {
  id: Buffer;
  phone: string | null;
  email: string | null;
  is_email_verified: number;
  nickname: string | null;
  password_hash: string | null;
  type: Account['type'];
  status: Account['status'];
}

/** An account without its lock, or null. */
export async function findAccount(tx: Transaction, id: string): Promise<Account | null> {
  const [row] = await tx.select<AccountRow>(`SELECT ${COLUMNS} FROM accounts WHERE id = ?`, [uuidToBytes(id)]);
  return row ? toAccount(row) : null;
}

/** The account with its row locked. Whatever changes an account, its sessions or what is told of it begins here. */
export async function lockAccount(tx: Transaction, id: string): Promise<Account | null> {
  const sql = `SELECT ${COLUMNS} FROM accounts WHERE id = ? FOR UPDATE`;
  const [row] = await tx.select<AccountRow>(sql, [uuidToBytes(id)]);
  return row ? toAccount(row) : null;
}

/** @param value in its one spelling (identifiers.ts); a nickname is found whatever its case and accents */
export async function findAccountBy(tx: Transaction, kind: IdentifierKind, value: string): Promise<Account | null> {
  const [row] = await tx.select<AccountRow>(`SELECT ${COLUMNS} FROM accounts WHERE ${kind} = ?`, [value]);
  return row ? toAccount(row) : null;
}

/** The account that a register call has made, with what that call said. */
export async function findRegistered(
  tx: Transaction,
  registerId: string,
): Promise<{ account: Account; fingerprint: Buffer | null } | null> {
  const [row] = await tx.select<AccountRow & { register_fingerprint: Buffer | null }>(
    `SELECT ${COLUMNS}, register_fingerprint FROM accounts WHERE register_id = ?`,
    [uuidToBytes(registerId)],
  );
  return row ? { account: toAccount(row), fingerprint: row.register_fingerprint } : null;
}

/** @throws error 1062 where phone, email, nickname or the register call is another account's already */
export async function insertAccount(tx: Transaction, account: NewAccount): Promise<void> {
  const row = [
    uuidToBytes(account.id),
    account.phone,
    account.email,
    account.isEmailVerified,
    account.nickname,
    account.passwordHash,
    account.registerId === null ? null : uuidToBytes(account.registerId),
    account.registerFingerprint,
    toSqlTime(account.createdAt),
  ];
  await tx.change(
    'INSERT INTO accounts (id, phone, email, is_email_verified, nickname, password_hash, register_id, ' +
      'register_fingerprint, created_at) VALUES ?',
    [[row]],
  );
}

/** @param proven isEmailVerified: whoever set it has shown that the account's email is theirs */
export async function setPassword(
  tx: Transaction,
  id: string,
  hash: string,
  proven: { readonly isEmailVerified?: boolean } = {},
): Promise<void> {
  await tx.change('UPDATE accounts SET password_hash = ?, is_email_verified = is_email_verified OR ? WHERE id = ?', [
    hash,
    proven.isEmailVerified ?? false,
    uuidToBytes(id),
  ]);
}

export async function setStatus(tx: Transaction, id: string, status: 'active' | 'blocked'): Promise<void> {
  await tx.change('UPDATE accounts SET status = ? WHERE id = ?', [status, uuidToBytes(id)]);
}

/** What it was known by is free again; the row stays, so that its uuid never becomes somebody else. */
export async function eraseAccount(tx: Transaction, id: string): Promise<void> {
  await tx.change(
    "UPDATE accounts SET status = 'deleted', phone = NULL, email = NULL, is_email_verified = FALSE, nickname = NULL, " +
      'password_hash = NULL, register_fingerprint = NULL WHERE id = ?',
    [uuidToBytes(id)],
  );
}

/** Their type by id; who has no account, or had one, is left out. */
export async function findTypes(
  tx: Transaction,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Account['type']>> {
  if (ids.length === 0) return new Map();
  const rows = await tx.select<Pick<AccountRow, 'id' | 'type'>>(
    "SELECT id, type FROM accounts WHERE id IN (?) AND status <> 'deleted'",
    [ids.map(uuidToBytes)],
  );
  return new Map(rows.map((row) => [bytesToUuid(row.id), row.type]));
}

export async function makeUsers(tx: Transaction, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await tx.change("UPDATE accounts SET type = 'user' WHERE id IN (?)", [[...ids].sort().map(uuidToBytes)]);
}

function toAccount(row: AccountRow): Account {
  return {
    id: bytesToUuid(row.id),
    phone: row.phone,
    email: row.email,
    isEmailVerified: row.is_email_verified === 1,
    nickname: row.nickname,
    passwordHash: row.password_hash,
    type: row.type,
    status: row.status,
  };
}
