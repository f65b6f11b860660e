import type { Transaction } from '../../shared/database.ts';
import { encodeEvent } from '../../shared/event.ts';
import { insertOutbox } from '../../shared/outbox.ts';

/** Puts into the outbox that something happened to a person. Under the lock of their row, so that it keeps its order. */
export async function tellOfPerson(
  tx: Transaction,
  told: {
    readonly id: string;
    readonly name: 'UserDeleted' | 'UserBlocked' | 'UserUnblocked';
    readonly uuid: string;
    readonly now: Date;
  },
): Promise<void> {
  const { id, name, uuid, now } = told;
  const payload = { uuid, created_at: now.toISOString() };
  await insertOutbox(tx, [
    { eventId: id, record: encodeEvent({ id, name, payload, source: 'rostra/auth', time: now }) },
  ]);
}
