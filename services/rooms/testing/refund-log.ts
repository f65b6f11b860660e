import fc from 'fast-check';
import type { Share } from '../contribution.ts';
import { deliveriesOf, interleavingsOf } from './delivery.ts';

/** What a log says: a donation settles, or goes back. A refund may stand anywhere, before its settlement too. */
export interface Said {
  readonly kind: 'settled' | 'refunded';
  readonly donateId: string;
  readonly clientId: string;
  readonly sum: bigint;
}

const clients = ['ann', 'bob', 'eve', 'joe'];
const logs = fc
  .array(fc.tuple(fc.constantFrom(...clients), fc.bigInt(1n, 4n), fc.boolean()), { maxLength: 14 })
  .chain((list) => {
    const settled = list.map(([clientId, sum], n): Said => ({ kind: 'settled', donateId: `d${n}`, clientId, sum }));
    const refunded = settled.filter((_, n) => list[n]?.[2]).map((one): Said => ({ ...one, kind: 'refunded' }));
    return fc
      .shuffledSubarray(refunded, { minLength: refunded.length })
      .chain((shuffled) => interleavingsOf([settled, shuffled]));
  });
/** Such logs with a delivery of each. */
export const deliveries = logs.chain((log) => fc.tuple(fc.constant(log), deliveriesOf(log)));

/** Consecutive records of one kind, as the runtime gives them to the listener's two halves. */
export function runsOf(slice: readonly Said[]): Said[][] {
  const runs: Said[][] = [];
  for (const one of slice) {
    if (runs.at(-1)?.[0]?.kind === one.kind) runs.at(-1)?.push(one);
    else runs.push([one]);
  }
  return runs;
}

/** The rows that a listener keeps, in memory: each donation once, and whether it went back. */
export function createShares<S extends Share>() {
  const shares = new Map<string, S>();
  return {
    shares,
    /** The records whose effect is not there yet, each once. */
    fresh(run: readonly Said[]): Said[] {
      const first = [...new Map(run.map((one) => [one.donateId, one])).values()];
      return first.filter(({ kind, donateId }) =>
        kind === 'settled' ? !shares.has(donateId) : shares.get(donateId)?.isRefunded !== true,
      );
    },
    settle: (one: Said, more: Omit<S, keyof Share>) =>
      shares.set(one.donateId, { sum: one.sum, isRefunded: false, ...more } as S),
    refund: (one: Pick<Said, 'donateId' | 'sum'>, more: Omit<S, keyof Share>) =>
      shares.set(one.donateId, { ...more, ...shares.get(one.donateId), sum: one.sum, isRefunded: true } as S),
  };
}

/** What a log comes to, by nothing but addition: donations that settled and never went back. */
export function kept(log: readonly Said[]): Said[] {
  const refunded = new Set(log.filter(({ kind }) => kind === 'refunded').map(({ donateId }) => donateId));
  return log.filter(({ kind, donateId }) => kind === 'settled' && !refunded.has(donateId));
}
