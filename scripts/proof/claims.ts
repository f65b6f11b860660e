import { formatAmount, minorDigits } from '../../shared/amount.ts';
import type { Figure, ProofAnswer } from '../../shared/proof.ts';

/** One equation of the proof, for one currency. */
export interface Claim {
  readonly claim: string;
  readonly currency: string;
  readonly holds: boolean;
  /** What was compared, e.g. "3 = 15.50 USD". */
  readonly left: string;
  readonly right: string;
}

/** Donations whose money was moved, as the ledger and as the rooms call them, where those that went back are apart. */
const PAID = ['settled donations'];
const PAID_ROOMS = ['settled donations', 'refunded donations'];
const REJECTED = ['rejected donations'];
/** Of all that the ledger credits to anybody, what is no donation. */
const OTHER_KINDS = ['deposits', 'payouts', 'refunds'];

/**
 * Holds what the contexts say of their money against each other.
 * @returns every claim, whether it holds or not; what a context finds wrong within itself are its own faults
 */
export function decideClaims(ledger: ProofAnswer, rooms: ProofAnswer): readonly Claim[] {
  const currencies = new Set([...ledger.figures, ...rooms.figures].map(({ currency }) => currency));
  return [...currencies].sort().flatMap((currency) => claimsOf(currency, ledger.figures, rooms.figures));
}

function claimsOf(currency: string, ledgerFigures: readonly Figure[], roomsFigures: readonly Figure[]): Claim[] {
  const ledger = (...names: string[]) => addUp(ledgerFigures, currency, names);
  const rooms = (...names: string[]) => addUp(roomsFigures, currency, names);
  const sums = (claim: string, left: bigint, right: bigint): Claim => ({
    ...{ claim, currency, holds: left === right },
    ...{ left: formatAmount(left, currency), right: formatAmount(right, currency) },
  });
  const same = (claim: string, left: Added, right: Added): Claim => ({
    ...{ claim, currency, holds: left.number === right.number && left.sum === right.sum },
    ...{ left: `${left.number}: ${formatAmount(left.sum, currency)}` },
    ...{ right: `${right.number}: ${formatAmount(right.sum, currency)}` },
  });
  const sameIds = (claim: string, left: Added, right: Added): Claim => {
    const compared = same(claim, left, right);
    if (!compared.holds || left.checksum === right.checksum) return compared;
    return { ...compared, holds: false, right: `${compared.right}, of other ids` };
  };
  const others = OTHER_KINDS.flatMap((kind) => [`settled ${kind}`, `younger settled ${kind}`]);
  const younger = PAID.map((name) => `younger ${name}`);
  const credited = ledger('credits').sum - ledger(...others).sum - ledger(...younger).sum;
  const pending = rooms('pending donations');
  return [
    sums('all postings add up to 0', ledger('postings').sum, 0n),
    sums('balances = their postings', ledger('balances').sum, ledger('postings of accounts').sum),
    sums('balances = money that came in and did not leave', ledger('balances').sum, -ledger('outside money').sum),
    same('settled transfers = credits', ledger('settled transfers'), ledger('credits')),
    sums('settled donations = credits to streamers', ledger(...PAID).sum, credited),
    sameIds('settled donations: ledger = rooms', ledger(...PAID), rooms(...PAID_ROOMS)),
    same('refunds: ledger = rooms', ledger('settled refunds'), rooms('donations that went back')),
    sameIds('rejected donations: ledger = rooms', ledger(...REJECTED), rooms(...REJECTED)),
    same('settled donations = contributions to totals', rooms(...PAID_ROOMS), rooms('contributions to totals')),
    same('settled donations = contributions to goals', rooms(...PAID_ROOMS), rooms('contributions to goals')),
    sums('contributions that did not go back = totals', rooms('all contributions').sum, rooms('totals').sum),
    sums('totals = totals by the hour', rooms('totals').sum, rooms('totals by the hour').sum),
    same('accepted donations without an end = none', pending, { number: 0n, sum: 0n, checksum: 0n }),
  ];
}

interface Added {
  readonly number: bigint;
  /** Minor units. */
  readonly sum: bigint;
  readonly checksum: bigint;
}

function addUp(figures: readonly Figure[], currency: string, names: readonly string[]): Added {
  const wanted = figures.filter((figure) => figure.currency === currency && names.includes(figure.name));
  return wanted.reduce(
    (added, { number, sum, checksum }) => ({
      number: added.number + BigInt(number),
      sum: added.sum + toMinor(sum, currency),
      checksum: added.checksum + BigInt(checksum),
    }),
    { number: 0n, sum: 0n, checksum: 0n },
  );
}

/** A signed decimal as `formatAmount` writes it → minor units; totals go beyond what `parseAmount` takes. */
function toMinor(text: string, currency: string): bigint {
  const digits = minorDigits(currency);
  const [, fraction = ''] = text.split('.');
  if (fraction.length !== digits) throw new Error(`${text} is no sum of ${currency}`);
  return BigInt(text.replace('.', ''));
}
