import type { Transaction } from '../../../shared/database.ts';
import { uuidToBytes } from '../../../shared/ids.ts';

/** Forgets by which providers a person could log in, and that they asked for a new password. */
export async function eraseWaysIn(tx: Transaction, accountId: string): Promise<void> {
  await tx.change('DELETE FROM identities WHERE account_id = ?', [uuidToBytes(accountId)]);
  await eraseResets(tx, accountId);
}

/** A mail that is still on its way opens nothing any more. */
export async function eraseResets(tx: Transaction, accountId: string): Promise<void> {
  await tx.change('DELETE FROM password_resets WHERE account_id = ?', [uuidToBytes(accountId)]);
}
