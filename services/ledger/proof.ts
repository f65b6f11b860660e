import type { Transaction } from '../../shared/database.ts';
import { uuidToBytes } from '../../shared/ids.ts';
import { eachPage, pageOf, type Tally } from '../../shared/proof.ts';
import { houseAccount } from './account.ts';
import {
  ACCOUNTS_PAGE_ROWS,
  countBalances,
  countOutside,
  countPostings,
  countTransfers,
  PAGE_ROWS,
  SEARCH_PAGE_ROWS,
  searchTransfers,
  wrongBalances,
} from './tables/proof.ts';

/** Who gave and who got how much under which transfer, all in one number each; equal where postings and transfers agree. */
interface Sides {
  lines: bigint;
  gave: bigint;
  got: bigint;
}

/**
 * Adds the whole ledger up: all postings by currency, transfers by kind and state, every balance beside its postings.
 * Transfers and postings are held against each other by weighed sums; only where these differ are they looked at one by
 * one, for the ids of what is wrong.
 */
export async function countLedger(tx: Transaction, tally: Tally, before: Date): Promise<void> {
  const posted = await addPostings(tx, tally);
  for (const currency of posted.keys()) {
    tally.add(await countOutside(tx, uuidToBytes(houseAccount(currency)), currency));
  }
  await addBalances(tx, tally);
  const transferred = await addTransfers(tx, tally, before);
  if (areSame(posted, transferred)) return;
  let found = 0;
  await eachPage<Buffer>(SEARCH_PAGE_ROWS, async (after) => {
    const { faults, page } = await searchTransfers(tx, after);
    found += faults.length;
    tally.fault(faults);
    return page;
  });
  // What no transfer explains are postings of none.
  if (found === 0) tally.fault([{ what: 'postings of no transfer', id: '', detail: 'see the numbers of both' }]);
}

async function addPostings(tx: Transaction, tally: Tally): Promise<ReadonlyMap<string, Sides>> {
  const sides = new Map<string, Sides>();
  await eachPage<string>(PAGE_ROWS, async (after) => {
    const groups = await countPostings(tx, after ?? '0');
    for (const group of groups) {
      const { currency, number, credits, credited, gave, got } = group;
      tally.add(group);
      tally.add({ name: 'credits', currency, number: credits, sum: credited });
      addSides(sides, currency, { lines: BigInt(number), gave: BigInt(gave), got: BigInt(got) });
    }
    const ids = groups.map(({ last }) => BigInt(last)).sort((one, other) => (one < other ? -1 : 1));
    return { rows: groups.reduce((sum, { number }) => sum + Number(number), 0), last: ids.at(-1)?.toString() ?? null };
  });
  return sides;
}

async function addTransfers(tx: Transaction, tally: Tally, before: Date): Promise<ReadonlyMap<string, Sides>> {
  const sides = new Map<string, Sides>();
  await eachPage<Buffer>(PAGE_ROWS, async (after) => {
    const groups = await countTransfers(tx, after, before);
    for (const group of groups) {
      tally.add(group);
      if (group.state !== 'settled') continue;
      const { currency, number, sum, gave, got } = group;
      tally.add({ name: 'settled transfers', currency, number, sum });
      addSides(sides, currency, { lines: 2n * BigInt(number), gave: BigInt(gave), got: BigInt(got) });
    }
    return pageOf(groups);
  });
  return sides;
}

async function addBalances(tx: Transaction, tally: Tally): Promise<void> {
  await eachPage<Buffer>(ACCOUNTS_PAGE_ROWS, async (after) => {
    const groups = await countBalances(tx, after);
    for (const group of groups) {
      tally.add(group);
      tally.add({ ...group, name: 'postings of accounts', sum: group.posted });
    }
    const wrong = groups.reduce((sum, group) => sum + Number(group.wrong), 0);
    if (wrong > 0) tally.fault(await wrongBalances(tx, after), wrong);
    return pageOf(groups);
  });
}

function addSides(sides: Map<string, Sides>, currency: string, more: Sides): void {
  const old = sides.get(currency) ?? { lines: 0n, gave: 0n, got: 0n };
  sides.set(currency, { lines: old.lines + more.lines, gave: old.gave + more.gave, got: old.got + more.got });
}

function areSame(some: ReadonlyMap<string, Sides>, others: ReadonlyMap<string, Sides>): boolean {
  const text = (sides: ReadonlyMap<string, Sides>) =>
    [...sides].map(([currency, { lines, gave, got }]) => `${currency} ${lines} ${gave} ${got}`).sort();
  return text(some).join() === text(others).join();
}
