import type { Transaction } from '../../shared/database.ts';
import type { Io } from '../../shared/listener.ts';
import type { Contribution } from './contribution.ts';
import { newSponsorId, nobody, type SponsorDecision, sponsorPayload, type SponsorState } from './sponsor.ts';
import { lockTops, saveTops } from './tables/sponsors.ts';
import { donorTotals, leaders } from './tables/totals.ts';

type Rooms = ReadonlyMap<string, readonly Contribution[]>;

/** Locks the titles of rooms and reads the totals of the holders and of everybody who gives or gets back now. */
export async function lockTitles(tx: Transaction, rooms: Rooms): Promise<ReadonlyMap<string, SponsorState>> {
  const tops = await lockTops(tx, [...rooms.keys()]);
  const wanted = [...rooms].map(([ownerId, donations]) => {
    const holder = tops.get(ownerId)?.holder;
    return [ownerId, new Set([...donations.map((one) => one.clientId), ...(holder ? [holder] : [])])] as const;
  });
  const totals = await donorTotals(tx, new Map(wanted));
  const states = [...rooms.keys()].map((ownerId) => {
    return [ownerId, { ...nobody, ...tops.get(ownerId), totals: totals.get(ownerId) ?? nobody.totals }] as const;
  });
  return new Map(states);
}

/** The same with those who may come after a holder who falls: in each room one more than get something back. */
export async function lockTitlesAndLeaders(
  tx: Transaction,
  rooms: Rooms,
): Promise<{ readonly titles: ReadonlyMap<string, SponsorState>; readonly names: ReadonlyMap<string, string> }> {
  const titles = new Map(await lockTitles(tx, rooms));
  const names = new Map<string, string>();
  for (const [ownerId, refunds] of rooms) {
    const people = new Set(refunds.map((one) => one.clientId)).size;
    const first = await leaders(tx, ownerId, null, people + 1);
    const { totals, ...title } = titles.get(ownerId) ?? nobody;
    const more = first.map(({ clientId, total }) => [clientId, total] as const);
    titles.set(ownerId, { ...title, totals: new Map([...totals, ...more]) });
    for (const { clientId, name } of first) names.set(clientId, name);
  }
  return { titles, names };
}

/** Writes what was decided of each room's title, and tells of every change. @param names by uuid, of those who may come after */
export async function saveTitles(
  io: Io,
  decided: ReadonlyMap<string, SponsorDecision<Contribution>>,
  names: ReadonlyMap<string, string> = new Map(),
): Promise<void> {
  await saveTops(io.tx, new Map([...decided].map(([ownerId, { state }]) => [ownerId, state])));
  for (const change of [...decided.values()].flatMap(({ changes }) => changes)) {
    const { by, holder } = change;
    const name = holder === by.clientId ? by.name : (names.get(holder ?? '') ?? '');
    io.emit(by.event, 'NewSponsor', sponsorPayload(change, name), { id: newSponsorId(by.ownerId, change.version) });
  }
}
