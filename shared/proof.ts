import { formatAmount } from './amount.ts';
import type { Database, Row, Transaction } from './database.ts';
import { badParams } from './endpoint.ts';
import { countWaiting, newestWaiting } from './outbox.ts';

/**
 * What a context says of its money for `npm run proof`: figures that other contexts' figures can be held against, and
 * what it finds wrong in its own tables. Each context answers out of one snapshot of its database.
 */
export interface Figure {
  /** What is counted, e.g. "settled donations". */
  readonly name: string;
  readonly currency: string;
  /** How many rows, as digits. */
  readonly number: string;
  /** A signed decimal of the currency. */
  readonly sum: string;
  /** The sum of the rows' CRC-32 of their ids, as digits: equal where they are the same rows. "0" where it says nothing. */
  readonly checksum: string;
}

/** Something that does not hold in a context's own tables. */
export interface Fault {
  readonly what: string;
  readonly id: string;
  readonly detail: string;
}

export interface ProofAnswer {
  readonly figures: readonly Figure[];
  /** The first 20 of each kind. */
  readonly faults: readonly Fault[];
  /** How many faults there are in all, as digits. */
  readonly faults_in_all: string;
  /** The newest event that waited in the outbox at that instant; what it tells has not reached the others yet. */
  readonly outbox_newest: string;
}

/** The questions that every context with money answers to the proof. */
export interface ProofQuestions {
  /** @param request.before RFC 3339: only what was settled, rejected or asked for before is counted where that matters */
  proofTotals(request: { before: string }): Promise<ProofAnswer>;
  /** How many events up to this id still wait in the outbox. */
  outboxWaiting(request: { through: string }): Promise<{ waiting: string; newest: string }>;
}

const MAXIMUM_NAMED_FAULTS = 20;

/** Rows of figures as SQL gives them, page by page. */
export interface Counted {
  readonly name: string;
  readonly currency: string;
  readonly number: string | number;
  /** Minor units. */
  readonly sum: string | number | null;
  readonly checksum?: string | number | null;
}

/** Adds up pages of figures, and keeps faults within their bound. */
export class Tally {
  readonly #figures = new Map<string, { name: string; currency: string; number: bigint; sum: bigint; crc: bigint }>();
  readonly #faults: Fault[] = [];
  readonly #named = new Map<string, number>();
  #faultsInAll = 0n;

  add({ name, currency, number, sum, checksum }: Counted): void {
    const key = `${name} ${currency}`;
    const old = this.#figures.get(key) ?? { name, currency, number: 0n, sum: 0n, crc: 0n };
    this.#figures.set(key, {
      ...{ name, currency, number: old.number + BigInt(number), sum: old.sum + BigInt(sum ?? 0) },
      crc: old.crc + BigInt(checksum ?? 0),
    });
  }

  /** @param inAll how many faults of this kind the same look has found; `faults` may be fewer */
  fault(faults: readonly Fault[], inAll: number = faults.length): void {
    this.#faultsInAll += BigInt(inAll);
    for (const fault of faults) {
      const named = this.#named.get(fault.what) ?? 0;
      if (named >= MAXIMUM_NAMED_FAULTS) continue;
      this.#named.set(fault.what, named + 1);
      this.#faults.push(fault);
    }
  }

  answer(outboxNewest: string): ProofAnswer {
    const figures = [...this.#figures.values()].map(({ name, currency, number, sum, crc }) => ({
      ...{ name, currency, number: `${number}`, sum: formatAmount(sum, currency), checksum: `${crc}` },
    }));
    return {
      figures,
      faults: this.#faults,
      faults_in_all: `${this.#faultsInAll}`,
      outbox_newest: outboxNewest,
    };
  }
}

/** Answers both questions with what `count` finds in one snapshot of the database. */
export function proofQuestions(
  database: Database,
  count: (tx: Transaction, tally: Tally, before: Date) => Promise<void>,
): ProofQuestions {
  return {
    proofTotals: ({ before }) => {
      const time = readTime(before);
      return database.snapshot(async (tx) => {
        const tally = new Tally();
        await count(tx, tally, time);
        return tally.answer(await newestWaiting(tx));
      });
    },
    outboxWaiting: async ({ through }) => {
      if (!/^[0-9]{1,19}$/.test(through)) throw badParams('/through', 'must be a whole number');
      const [waiting, newest] = await Promise.all([countWaiting(database, through), newestWaiting(database)]);
      return { waiting: `${waiting}`, newest };
    },
  };
}

function readTime(text: string): Date {
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) throw badParams('/before', 'must be a time');
  return time;
}

/**
 * Reads a table page by page along its key, aggregated in SQL, until a page is not full.
 * @param readPage gets the last key of the page before; answers how many rows it saw, and the last of their keys
 */
export async function eachPage<K>(
  limit: number,
  readPage: (after: K | null) => Promise<{ readonly rows: number; readonly last: K | null }>,
): Promise<void> {
  for (let after: K | null = null; ;) {
    const page: { readonly rows: number; readonly last: K | null } = await readPage(after);
    if (page.rows < limit || page.last === null) return;
    after = page.last;
  }
}

/** The rows that a page of groups has seen, and the last of their keys. */
export function pageOf(groups: readonly (Row & { number: string; last: Buffer })[]): {
  readonly rows: number;
  readonly last: Buffer | null;
} {
  const rows = groups.reduce((sum, { number }) => sum + Number(number), 0);
  const last = groups.map((group) => group.last).sort(Buffer.compare);
  return { rows, last: last.at(-1) ?? null };
}
