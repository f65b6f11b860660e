import type { Transaction } from '../../../shared/database.ts';
import { findInInbox, insertInbox } from '../../../shared/inbox.ts';
import { type DatabaseListener, done } from '../../../shared/listener.ts';
import { blockAccounts, unblockAccounts } from '../tables/accounts.ts';

const NAME = 'MarkAccount';

type Marking = 'UserDeleted' | 'UserBlocked' | 'UserUnblocked';

/**
 * Whoever is blocked or deleted neither gives nor gets donations from now on, also where their account is opened only
 * later; once the block is lifted they do again. A block that comes again after it was lifted must not come true again,
 * and leaves no row that tells of it: hence the inbox.
 */
function marks<N extends Marking>(
  event: N,
  mark: (tx: Transaction, people: readonly string[]) => Promise<void>,
): DatabaseListener<N> {
  return {
    name: NAME,
    group: 'transfer-money',
    event,
    applied: (tx, events) => findInInbox(tx, NAME, events),
    async handle(events, { tx }) {
      await mark(
        tx,
        events.map(({ payload }) => payload.uuid),
      );
      await insertInbox(tx, NAME, events);
      return events.map(() => done);
    },
  };
}

/** One listener, under each event that it hears. */
export const markAccount = {
  UserDeleted: marks('UserDeleted', (tx, people) => blockAccounts(tx, people, 'deleted')),
  UserBlocked: marks('UserBlocked', (tx, people) => blockAccounts(tx, people, 'blocked')),
  UserUnblocked: marks('UserUnblocked', unblockAccounts),
};
