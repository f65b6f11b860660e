import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Account, emptyAccount, type Posting, type Transfer } from './account.ts';
import { at, donationId, funded, person, requested, type Wish } from './testing/donations.ts';
import { accountsToOpen, decideTransfers, type TransferEvent } from './transfer.ts';

/** The reference: one donation at a time, plain numbers, nothing clever. */
class ReferenceLedger {
  readonly balances: Map<number, number>;
  readonly versions = new Map<number, number>();
  readonly outcomes = new Map<number, string>();

  constructor(balances: ReadonlyMap<number, number>) {
    this.balances = new Map(balances);
  }

  donate({ number, donor, owner, sum, isOwnerVouched }: Wish): void {
    if (this.outcomes.has(number)) return;
    this.#open(donor);
    if (isOwnerVouched) this.#open(owner);
    this.outcomes.set(number, this.#outcome(donor, owner, sum));
    if (this.outcomes.get(number) !== 'settled') return;
    this.#add(donor, -sum);
    this.#add(owner, sum);
  }

  #outcome(donor: number, owner: number, sum: number): string {
    if (donor === owner) return 'self_donation';
    if (!this.balances.has(owner)) return 'unknown_owner';
    return (this.balances.get(donor) ?? 0) < sum ? 'insufficient_balance' : 'settled';
  }

  #open(who: number): void {
    if (!this.balances.has(who)) this.balances.set(who, 0);
  }

  #add(who: number, sum: number): void {
    this.balances.set(who, (this.balances.get(who) ?? 0) + sum);
    this.versions.set(who, (this.versions.get(who) ?? 0) + 1);
  }
}

/** The tables, in memory: what TransferMoney does to them, batch by batch. */
class Tables {
  readonly accounts = new Map<string, Account>();
  readonly transfers = new Map<string, Transfer>();
  readonly postings: Posting[] = [];
  readonly events: TransferEvent[] = [];

  run(batch: readonly Wish[]): void {
    const fresh = new Map(batch.map((one) => [one.number, requested(one)]));
    const donations = [...fresh.values()].filter(({ donate }) => !this.transfers.has(donate.donate_id));
    const decision = decideTransfers(this.accounts, donations, at);
    for (const transfer of decision.transfers) this.transfers.set(transfer.id, transfer);
    for (const [id, currency] of accountsToOpen(donations)) {
      if (!this.accounts.has(id)) this.accounts.set(id, emptyAccount(id, currency));
    }
    for (const account of decision.balances) this.accounts.set(account.id, account);
    this.postings.push(...decision.postings);
    this.events.push(...decision.events);
  }
}

const people = 5;
const initial = fc.array(fc.option(fc.integer({ min: 0, max: 1_000 }), { nil: null }), {
  minLength: people,
  maxLength: people,
});
const wishes = fc.array(
  fc.record({
    donor: fc.nat(people - 1),
    owner: fc.nat(people - 1),
    sum: fc.integer({ min: 1, max: 600 }),
    isOwnerVouched: fc.boolean(),
  }),
  { maxLength: 40 },
);
/** Which owner's log comes next, how many of its events make the batch, and how far the log is read again. */
const schedule = fc.array(
  fc.record({ owner: fc.nat(people - 1), size: fc.integer({ min: 1, max: 7 }), again: fc.nat(6) }),
  { minLength: 120, maxLength: 120 },
);

/** Batches of one owner each, in that owner's order, some events again; all are delivered in the end. */
function toBatches(all: readonly Wish[], steps: readonly { owner: number; size: number; again: number }[]): Wish[][] {
  const logs = Map.groupBy(all, ({ owner }) => owner);
  const read = new Map<number, number>();
  const rest = [...logs.keys()].map((owner) => ({ owner, size: all.length, again: all.length }));
  return [...steps, ...rest].map(({ owner, size, again }) => {
    const position = read.get(owner) ?? 0;
    const from = Math.max(0, position - again);
    const batch = (logs.get(owner) ?? []).slice(from, position + size);
    read.set(owner, from + batch.length);
    return batch;
  });
}

test('any batches, repeats and interleavings of keys give what one donation at a time gives, and lose no money', () => {
  fc.assert(
    fc.property(initial, wishes, schedule, (opening, drawn, steps) => {
      const all = drawn.map((one, number) => ({ ...one, number }));
      const balances = new Map(opening.flatMap((sum, who) => (sum === null ? [] : [[who, sum] as const])));
      const reference = new ReferenceLedger(balances);
      const tables = new Tables();
      for (const [who, sum] of balances) {
        tables.accounts.set(person(who), funded(person(who), BigInt(sum), { version: 0 }));
      }
      for (const batch of toBatches(all, steps)) {
        tables.run(batch);
        for (const one of batch) reference.donate(one);
      }
      expectSame(all, reference, tables);
      expectSound(tables, balances);
    }),
    { numRuns: 1_000 },
  );
});

function expectSame(all: readonly Wish[], reference: ReferenceLedger, tables: Tables): void {
  for (const { number } of all) {
    const transfer = tables.transfers.get(donationId(number));
    expect(transfer?.reason ?? transfer?.state).toBe(reference.outcomes.get(number));
  }
  for (const [who, balance] of reference.balances) {
    expect(tables.accounts.get(person(who))?.balance ?? 0n).toBe(BigInt(balance));
    expect(tables.accounts.get(person(who))?.version ?? 0).toBe(reference.versions.get(who) ?? 0);
  }
}

function expectSound(tables: Tables, opening: ReadonlyMap<number, number>): void {
  const sum = (amounts: readonly bigint[]) => amounts.reduce((total, amount) => total + amount, 0n);
  const before = BigInt([...opening.values()].reduce((total, balance) => total + balance, 0));
  const accounts = [...tables.accounts.values()];
  expect(sum(tables.postings.map(({ amount }) => amount))).toBe(0n);
  expect(sum(accounts.map(({ balance }) => balance))).toBe(before);
  expect(accounts.every(({ balance }) => balance >= 0n)).toBe(true);
  const lines = Map.groupBy(tables.postings, ({ transferId }) => transferId);
  for (const { id, state } of tables.transfers.values()) {
    expect(lines.get(id)?.length ?? 0).toBe(state === 'settled' ? 2 : 0);
  }
  expect(tables.events.map(({ causeId }) => causeId)).toEqual([...tables.transfers.keys()]);
  expectVersionsGrowByOne(tables.events);
}

/** Each ReceiveMoney tells the balance at its own place in the order, so each account's versions have no gap. */
function expectVersionsGrowByOne(events: readonly TransferEvent[]): void {
  const last = new Map<string, number>();
  for (const event of events) {
    if (event.name === 'DonateRejected') continue;
    for (const { account, version } of [event.payload.donor, event.payload.owner]) {
      expect(version).toBe((last.get(account) ?? 0) + 1);
      last.set(account, version);
    }
  }
}
