import type { Transaction } from './database.ts';

/**
 * (listener, event) pairs whose effect is in the database, for listeners whose effect leaves no row that is keyed by
 * the event. The row is written in the effect's own transaction; of two workers that insert it, the second waits for
 * the first and then meets a duplicate key, on which its transaction is run again and finds the row.
 */
export async function findInInbox(
  tx: Transaction,
  listener: string,
  events: readonly { readonly id: string }[],
): Promise<ReadonlySet<string>> {
  if (events.length === 0) return new Set();
  const rows = await tx.select<{ event_id: string }>(
    'SELECT event_id FROM inbox WHERE listener = ? AND event_id IN (?)',
    [listener, events.map((event) => event.id)],
  );
  return new Set(rows.map((row) => row.event_id));
}

/** Marks events as applied by the listener. @throws error 1062 where one already is: the transaction is run again */
export async function insertInbox(
  tx: Transaction,
  listener: string,
  events: readonly { readonly id: string }[],
): Promise<void> {
  if (events.length === 0) return;
  await tx.change('INSERT INTO inbox (listener, event_id) VALUES ?', [events.map((event) => [listener, event.id])]);
}
