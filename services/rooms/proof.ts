import type { Transaction } from '../../shared/database.ts';
import { bytesToUuid } from '../../shared/ids.ts';
import { eachPage, pageOf, type Tally } from '../../shared/proof.ts';
import {
  countDonations,
  countGoals,
  countHours,
  countShares,
  countTotals,
  DONATIONS_PAGE_ROWS,
  GOALS_PAGE_ROWS,
  ROOMS_PAGE_ROWS,
  type TotalKey,
  TOTALS_PAGE_ROWS,
  wrongDonations,
} from './tables/proof.ts';

/**
 * Adds up what the rooms know of money: each donation beside what donors' totals and goals have counted of it, totals
 * and hours beside the contributions, goals beside theirs. Totals, hours and goals are held against all contributions,
 * however young: they are written together.
 */
export async function countRooms(tx: Transaction, tally: Tally, before: Date): Promise<void> {
  await addDonations(tx, tally, before);
  await addTotals(tx, tally);
  await addHours(tx, tally);
  await addGoals(tx, tally);
}

async function addDonations(tx: Transaction, tally: Tally, before: Date): Promise<void> {
  const shares = { donor: 0n, goal: 0n };
  await eachPage<Buffer>(DONATIONS_PAGE_ROWS, async (after) => {
    const groups = await countDonations(tx, after, before);
    for (const group of groups) {
      const { name, currency, donors, donor_sum, goals, goal_sum } = group;
      tally.add(group);
      shares.donor += BigInt(donors);
      shares.goal += BigInt(goals);
      if (name.endsWith('refunded donations')) {
        tally.add({ name: 'donations that went back', currency, number: group.returned, sum: group.returned_sum });
      }
      if (name !== 'settled donations' && name !== 'refunded donations') continue;
      tally.add({ name: 'contributions to totals', currency, number: donors, sum: donor_sum });
      tally.add({ name: 'contributions to goals', currency, number: goals, sum: goal_sum });
    }
    const wrong = groups.reduce((sum, group) => sum + Number(group.wrong), 0);
    if (wrong > 0) tally.fault(await wrongDonations(tx, after, before), wrong);
    return pageOf(groups);
  });
  for (const kind of ['donor', 'goal'] as const) {
    let counted = 0n;
    await eachPage<Buffer>(DONATIONS_PAGE_ROWS * 5, async (after) => {
      const groups = await countShares(tx, kind, after);
      for (const { number } of groups) counted += BigInt(number);
      return pageOf(groups);
    });
    const orphans = counted - shares[kind];
    const detail = `${orphans} of ${counted}`;
    const fault = { what: `contributions of a ${kind} without a donation`, id: '', detail };
    if (orphans > 0n) tally.fault([fault], Number(orphans));
  }
}

async function addTotals(tx: Transaction, tally: Tally): Promise<void> {
  await eachPage<TotalKey>(TOTALS_PAGE_ROWS, async (after) => {
    const { page, totals, faults } = await countTotals(tx, after);
    for (const { currency, total, counted, number } of totals) {
      tally.add({ name: 'totals', currency, number: 1, sum: total });
      tally.add({ name: 'all contributions', currency, number, sum: counted });
    }
    tally.fault(faults);
    return page;
  });
}

async function addHours(tx: Transaction, tally: Tally): Promise<void> {
  await eachPage<Buffer>(ROOMS_PAGE_ROWS, async (after) => {
    const rooms = await countHours(tx, after);
    for (const { user_id, currency, total, hours } of rooms) {
      tally.add({ name: 'totals by the hour', currency, number: 1, sum: hours });
      if (BigInt(total) === BigInt(hours)) continue;
      const detail = `totals ${total}, hours ${hours} (minor units, ${currency})`;
      tally.fault([{ what: "a room's hours are not its totals", id: bytesToUuid(user_id), detail }]);
    }
    return { rows: rooms.length, last: rooms.at(-1)?.user_id ?? null };
  });
}

async function addGoals(tx: Transaction, tally: Tally): Promise<void> {
  await eachPage<Buffer>(GOALS_PAGE_ROWS, async (after) => {
    const goals = await countGoals(tx, after);
    for (const { id, currency, sum, given, kept, require_sum, is_ended } of goals) {
      tally.add({ name: 'goals', currency, number: 1, sum });
      const isRight = decideGoal({
        ...{ sum: BigInt(sum), requireSum: BigInt(require_sum), isEnded: is_ended === 1 },
        ...{ given: BigInt(given), kept: BigInt(kept) },
      });
      const state = is_ended ? 'ended' : 'open';
      const detail = `sum ${sum} of ${require_sum}, ${state}; given ${given}, not gone back ${kept} (minor units)`;
      if (!isRight) tally.fault([{ what: 'a goal is not the sum of its donations', id: bytesToUuid(id), detail }]);
    }
    return { rows: goals.length, last: goals.at(-1)?.id ?? null };
  });
}

/** A goal beside what was given to it, in minor units. */
interface CheckedGoal {
  readonly sum: bigint;
  readonly requireSum: bigint;
  readonly isEnded: boolean;
  /** All that was ever given to it, and what of it did not go back. */
  readonly given: bigint;
  readonly kept: bigint;
}

/** Whether a goal can be as it is: an open one follows every refund, an ended one none that came after its end. */
function decideGoal({ sum, requireSum, isEnded, given, kept }: CheckedGoal): boolean {
  return isEnded ? sum >= requireSum && kept <= sum && sum <= given : sum < requireSum && sum === kept;
}
