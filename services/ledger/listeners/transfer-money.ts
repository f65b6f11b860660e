import type { Received } from '../../../shared/event.ts';
import { deadLetter, done, type DatabaseListener } from '../../../shared/listener.ts';
import { counter } from '../../../shared/metrics.ts';
import { lockAccounts } from '../tables/accounts.ts';
import { findTransfers, insertBooking } from '../tables/transfers.ts';
import { accountsToOpen, decideTransfers, readDonation, type RequestedDonation } from '../transfer.ts';

const reused = counter('rostra_ledger_reused_ids_total', 'Donations that came again under the same id, changed');

/** Moves a donation's money from the donor to the streamer, or says why not. The only listener that moves money. */
export const transferMoney: DatabaseListener<'AddNewDonate'> = {
  name: 'TransferMoney',
  group: 'transfer-money',
  event: 'AddNewDonate',

  async applied(tx, events) {
    const stored = await findTransfers(
      tx,
      events.map(({ id }) => id),
    );
    for (const event of events) if (differs(event, stored.get(event.id)?.fingerprint)) reused.inc();
    return new Set(stored.keys());
  },

  async handle(events, io) {
    const read = events.map(readDonation);
    const donations = read.filter((one) => 'donate' in one);

    const accounts = await lockAccounts(io.tx, partiesOf(donations), accountsToOpen(donations));
    const decision = decideTransfers(accounts, donations, io.now.toISOString());
    // While MySQL writes, the events are made.
    const writing = insertBooking(io.tx, decision, io.now);
    try {
      for (const { causeId: id, name, payload } of decision.events) io.emit({ id }, name, payload);
    } finally {
      await writing;
    }
    return read.map((one) => ('fault' in one ? deadLetter(one.fault) : done));
  },
};

function partiesOf(donations: readonly RequestedDonation[]): string[] {
  return donations.flatMap(({ donate }) => [donate.from.uuid, donate.owner_id]);
}

/** The first payload of an id stands for ever; another one under it is only counted. */
function differs(event: Received<'AddNewDonate'>, stored: string | null | undefined): boolean {
  return Boolean(stored && event.fingerprint && stored !== event.fingerprint);
}
