import type { Received } from '../../../shared/event.ts';
import { findInInbox, insertInbox } from '../../../shared/inbox.ts';
import { type DatabaseListener, done } from '../../../shared/listener.ts';
import { type AccountStatus, markAccounts } from '../tables/accounts.ts';

const NAME = 'MarkAccount';

const STATUS_AFTER = { UserDeleted: 'deleted', UserBlocked: 'blocked', UserUnblocked: 'active' } as const;
type Marking = keyof typeof STATUS_AFTER;

/**
 * Whoever is blocked or deleted neither gives nor gets donations from now on, also where their account is opened only
 * later; once the block is lifted they do again. A block that comes again after it was lifted must not come true again,
 * and leaves no row that tells of it: hence the inbox. The three share one `handle`, so that all accounts of a slice
 * are locked in one order, whatever is said of whom.
 */
const marking: Omit<DatabaseListener<Marking>, 'event'> = {
  name: NAME,
  group: 'transfer-money',
  applied: (tx, events) => findInInbox(tx, NAME, events),
  async handle(events, { tx }) {
    await markAccounts(tx, statusesAfter(events));
    await insertInbox(tx, NAME, events);
    return events.map(() => done);
  },
};

/** What the last event says of each person; deleted is final. */
function statusesAfter(events: readonly Received<Marking>[]): ReadonlyMap<string, AccountStatus> {
  const statuses = new Map<string, AccountStatus>();
  for (const { name, payload } of events) {
    if (statuses.get(payload.uuid) !== 'deleted') statuses.set(payload.uuid, STATUS_AFTER[name]);
  }
  return statuses;
}

/** One listener, under each event that it hears. */
export const markAccount = {
  UserDeleted: { ...marking, event: 'UserDeleted' },
  UserBlocked: { ...marking, event: 'UserBlocked' },
  UserUnblocked: { ...marking, event: 'UserUnblocked' },
} as const satisfies { readonly [N in Marking]: DatabaseListener<N> };
