import { type Transaction, toSqlTime } from '../../../shared/database.ts';
import type { Payload } from '../../../shared/events/catalogue.ts';
import { bytesToUuid, uuidToHex } from '../../../shared/ids.ts';

export async function savedMessages(tx: Transaction, messageIds: readonly string[]): Promise<ReadonlySet<string>> {
  if (messageIds.length === 0) return new Set();
  const rows = await tx.select<{ id: Buffer }>('SELECT id FROM messages WHERE id IN (?)', [messageIds.map(uuidToHex)]);
  return new Set(rows.map((row) => bytesToUuid(row.id)));
}

/** @throws a duplicate key where another worker was faster: the transaction is run again and finds its rows */
export async function insertMessages(tx: Transaction, messages: readonly Payload<'AddNewMessage'>[]): Promise<void> {
  if (messages.length === 0) return;
  const rows = messages.map((message) => [
    uuidToHex(message.message_id),
    uuidToHex(message.owner_id),
    uuidToHex(message.from.uuid),
    message.from.type,
    message.to ? uuidToHex(message.to) : null,
    message.donate_id ? uuidToHex(message.donate_id) : null,
    message.is_public,
    message.value,
    toSqlTime(message.created_at),
    toSqlTime(message.created_at),
  ]);
  await tx.change(
    `INSERT INTO messages (id, owner_id, from_uuid, from_type, to_uuid, donate_id, is_public, value, created_at,
       updated_at) VALUES ?`,
    [rows],
  );
}
