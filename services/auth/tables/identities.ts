import { toSqlTime, type Transaction } from '../../../shared/database.ts';
import { bytesToUuid, uuidToBytes } from '../../../shared/ids.ts';

/** Whom a provider knows: its issuer and its own id of them. */
export interface Identity {
  readonly issuer: string;
  readonly subject: string;
}

/** Whose identity it is, or null. */
export async function findIdentity(tx: Transaction, { issuer, subject }: Identity): Promise<string | null> {
  const [row] = await tx.select<{ account_id: Buffer }>(
    'SELECT account_id FROM identities WHERE issuer = ? AND subject = ?',
    [Buffer.from(issuer), Buffer.from(subject)],
  );
  return row ? bytesToUuid(row.account_id) : null;
}

/** @param provider its name here @throws on an identity that is somebody's already (duplicate key) */
export async function insertIdentity(
  tx: Transaction,
  { issuer, subject }: Identity,
  { accountId, provider, now }: { readonly accountId: string; readonly provider: string; readonly now: Date },
): Promise<void> {
  await tx.change('INSERT INTO identities (issuer, subject, account_id, provider, created_at) VALUES ?', [
    [[Buffer.from(issuer), Buffer.from(subject), uuidToBytes(accountId), provider, toSqlTime(now)]],
  ]);
}
