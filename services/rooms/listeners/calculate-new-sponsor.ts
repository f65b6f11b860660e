import type { DatabaseListener, Io } from '../../../shared/listener.ts';
import { idsWhere } from '../applied.ts';
import { type Contribution, readContributions } from '../contribution.ts';
import { decideSponsor, newSponsorId, sponsorPayload } from '../sponsor.ts';
import { countedForSponsor, insertDonorShares } from '../tables/contributions.ts';
import { lockTops, saveTops, type SponsorTop } from '../tables/sponsors.ts';
import { addToTotals, donorTotals } from '../tables/totals.ts';

/** Counts each settled donation once for its donor; who is strictly above the holder of the title takes it. */
export const calculateNewSponsor: DatabaseListener<'ReceiveMoney'> = {
  name: 'CalculateNewSponsor',
  group: 'sponsor',
  event: 'ReceiveMoney',
  async applied(tx, events) {
    const donateIds = events.map((event) => event.payload.donate.donate_id);
    const counted = await countedForSponsor(tx, donateIds);
    return idsWhere(events, ({ donate }) => counted.has(donate.donate_id));
  },
  async handle(events, io) {
    const { counted, rooms, outcomes } = readContributions(events);
    const tops = await lockTops(io.tx, [...rooms.keys()]);
    const totals = await totalsOf(io, rooms, tops);
    const decided = [...rooms].map(([ownerId, donations]) => {
      const { holder, version } = tops.get(ownerId) ?? { holder: null, version: 0 };
      const state = { holder, version, totals: totals.get(ownerId) ?? new Map<string, bigint>() };
      return { ownerId, ...decideSponsor(state, donations) };
    });
    await insertDonorShares(io.tx, counted);
    await addToTotals(io.tx, counted);
    await saveTops(io.tx, new Map(decided.map(({ ownerId, state }) => [ownerId, state])));
    for (const change of decided.flatMap((room) => room.changes)) {
      const id = newSponsorId(change.by.ownerId, change.version);
      io.emit(change.by.event, 'NewSponsor', sponsorPayload(change), { id });
    }
    return outcomes;
  },
};

/** Of everybody who gives now and of the holder, whom they have to beat. */
function totalsOf(
  io: Io,
  rooms: ReadonlyMap<string, readonly Contribution[]>,
  tops: ReadonlyMap<string, SponsorTop>,
): ReturnType<typeof donorTotals> {
  const wanted = [...rooms].map(([ownerId, donations]) => {
    const holder = tops.get(ownerId)?.holder;
    return [ownerId, new Set([...donations.map((one) => one.clientId), ...(holder ? [holder] : [])])] as const;
  });
  return donorTotals(io.tx, new Map(wanted));
}
