import type { DatabaseListener } from '../../../shared/listener.ts';
import { idsWhere } from '../applied.ts';
import { decideRefunds, donateIdsOf, readContributions } from '../contribution.ts';
import { decideSponsor, decideSponsorAfterRefunds, nobody } from '../sponsor.ts';
import { donorShares, insertDonorShares, refundDonorShares } from '../tables/contributions.ts';
import { addToTotals } from '../tables/totals.ts';
import { lockTitles, lockTitlesAndLeaders, saveTitles } from '../titles.ts';

const named = { name: 'CalculateNewSponsor', group: 'sponsor' } as const;

/** Counts each settled donation once for its donor; who is strictly above the holder of the title takes it. */
const count: DatabaseListener<'ReceiveMoney'> = {
  ...named,
  event: 'ReceiveMoney',
  async applied(tx, events) {
    const shares = await donorShares(tx, donateIdsOf(events));
    return idsWhere(events, ({ donate }) => shares.has(donate.donate_id));
  },
  async handle(events, io) {
    const { counted, rooms, outcomes } = readContributions(events);
    const titles = await lockTitles(io.tx, rooms);
    const decided = [...rooms].map(
      ([room, given]) => [room, decideSponsor(titles.get(room) ?? nobody, given)] as const,
    );
    await insertDonorShares(io.tx, counted);
    await addToTotals(io.tx, counted);
    await saveTitles(io, new Map(decided));
    return outcomes;
  },
};

/** Takes a donation that was given back out of the totals; the title may go back too, or to nobody. */
const takeOut: DatabaseListener<'MoneyRefunded'> = {
  ...named,
  event: 'MoneyRefunded',
  async applied(tx, events) {
    const shares = await donorShares(tx, donateIdsOf(events));
    return idsWhere(events, ({ donate }) => shares.get(donate.donate_id)?.isRefunded === true);
  },
  async handle(events, io) {
    const { counted: refunds, rooms, outcomes } = readContributions(events);
    const { titles, names } = await lockTitlesAndLeaders(io.tx, rooms);
    const { taken, early } = decideRefunds(await donorShares(io.tx, donateIdsOf(events)), refunds);
    const decided = [...Map.groupBy(taken, (one) => one.ownerId)].map(([room, returned]) => {
      return [room, decideSponsorAfterRefunds(titles.get(room) ?? nobody, returned)] as const;
    });
    await insertDonorShares(io.tx, early, true);
    await refundDonorShares(io.tx, taken);
    await addToTotals(
      io.tx,
      taken.map((one) => ({ ...one, name: '', sum: -one.sum, at: one.settledAt })),
    );
    await saveTitles(io, new Map(decided), names);
    return outcomes;
  },
};

/** One listener, under each event that it hears. */
export const calculateNewSponsor = { ReceiveMoney: count, MoneyRefunded: takeOut };
