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
  wrongBalances,
  wrongTransfers,
} from './tables-proof.ts';

/**
 * Adds the whole ledger up: all postings by currency, every balance beside its postings, every transfer beside its two
 * lines. A donation of any state is told by its kind and state, with what its streamer was credited.
 */
export async function countLedger(tx: Transaction, tally: Tally, before: Date): Promise<void> {
  const currencies = await addPostings(tx, tally);
  for (const currency of currencies) {
    tally.add(await countOutside(tx, uuidToBytes(houseAccount(currency)), currency));
  }
  await addBalances(tx, tally);
  await addTransfers(tx, tally, before);
}

async function addPostings(tx: Transaction, tally: Tally): Promise<ReadonlySet<string>> {
  const currencies = new Set<string>();
  await eachPage<string>(PAGE_ROWS * 10, async (after) => {
    const groups = await countPostings(tx, after ?? '0');
    for (const group of groups) {
      tally.add(group);
      currencies.add(group.currency);
    }
    const ids = groups.map(({ last }) => BigInt(last)).sort((one, other) => (one < other ? -1 : 1));
    return {
      rows: groups.reduce((sum, { number }) => sum + Number(number), 0),
      last: ids.at(-1)?.toString() ?? null,
    };
  });
  return currencies;
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

async function addTransfers(tx: Transaction, tally: Tally, before: Date): Promise<void> {
  await eachPage<Buffer>(PAGE_ROWS, async (after) => {
    const groups = await countTransfers(tx, after, before);
    for (const group of groups) {
      const { name, currency, credited, lines } = group;
      tally.add(group);
      if (name === 'settled donations') tally.add({ ...group, name: 'credits to streamers', sum: credited });
      tally.add({ name: 'postings of transfers', currency, number: lines, sum: 0 });
    }
    const wrong = groups.reduce((sum, group) => sum + Number(group.wrong), 0);
    if (wrong > 0) tally.fault(await wrongTransfers(tx, after), wrong);
    return pageOf(groups);
  });
}
