import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decideRefunds, type Share } from './contribution.ts';
import { decideSponsor, decideSponsorAfterRefunds, nobody, type SponsorState } from './sponsor.ts';
import { createShares, deliveries, kept, runsOf, type Said } from './testing/refund-log.ts';

describe('the title', () => {
  /** CalculateNewSponsor without a database; after refunds it is given as few totals as the listener loads. */
  function run(slices: readonly (readonly Said[])[]) {
    const { shares, fresh, settle, refund } = createShares<Share>();
    let state: SponsorState = nobody;
    const told: { holder: string | null; version: number; total: bigint }[] = [];
    const take = ({ state: next, changes }: ReturnType<typeof decideSponsor<Said>>) => {
      state = { ...next, totals: new Map([...state.totals, ...next.totals]) };
      told.push(...changes.map(({ holder, version, total }) => ({ holder, version, total })));
    };
    for (const records of slices.flatMap(runsOf)) {
      const news = fresh(records);
      if (news[0]?.kind === 'settled') {
        take(decideSponsor(state, news));
        for (const one of news) settle(one, {});
      } else if (news[0]) {
        const { taken, early } = decideRefunds(shares, news);
        take(decideSponsorAfterRefunds(withLeaders(state, news), taken));
        for (const one of [...taken, ...early]) refund(one, {});
      }
    }
    return { state, told };
  }

  function withLeaders(state: SponsorState, refunds: readonly Said[]): SponsorState {
    const people = new Set(refunds.map(({ clientId }) => clientId));
    const order = ([a, one]: [string, bigint], [b, other]: [string, bigint]) =>
      one === other ? (a < b ? -1 : 1) : one > other ? -1 : 1;
    const leaders = [...state.totals].filter(([, total]) => total > 0n).sort(order);
    const known = [...state.totals].filter(([clientId]) => clientId === state.holder || people.has(clientId));
    return { ...state, totals: new Map([...known, ...leaders.slice(0, people.size + 1)]) };
  }

  test('is with somebody who has given most of what was kept, or with nobody, whatever comes when and how often', () => {
    fc.assert(
      fc.property(deliveries, ([log, { slices }]) => {
        const { state, told } = run(slices);
        const sums = new Map<string, bigint>();
        for (const { clientId, sum } of kept(log)) sums.set(clientId, (sums.get(clientId) ?? 0n) + sum);
        const most = [...sums.values()].reduce((one, other) => (one > other ? one : other), 0n);
        expect(state.holder === null ? 0n : sums.get(state.holder)).toBe(most);
        expect(state.holder === null).toBe(most === 0n);
        for (const [clientId, total] of state.totals) expect(total).toBe(sums.get(clientId) ?? 0n);
        expect(told.map(({ version }) => version)).toEqual(told.map((_, n) => n + 1));
        expect(told.at(-1)?.holder ?? null).toBe(state.holder);
        told.forEach((one, n) => expect(one.holder).not.toBe(told[n - 1]?.holder ?? null));
      }),
      { numRuns: 500 },
    );
  });

  test('comes to the same whatever the slices and crashes', () => {
    fc.assert(
      fc.property(deliveries, ([log, { slices }]) => {
        expect(run(slices)).toEqual(run([log]));
      }),
      { numRuns: 500 },
    );
  });

  const gives = (clientId: string, sum: bigint): Said => ({ kind: 'settled', donateId: clientId, clientId, sum });
  const after = (given: readonly Said[], ...refunds: readonly Said[]) =>
    decideSponsorAfterRefunds(decideSponsor(nobody, given).state, refunds);

  test('goes back to the former holder', () => {
    const { changes } = after([gives('ann', 5n), gives('bob', 9n)], gives('bob', 9n));
    expect(changes).toMatchObject([{ holder: 'ann', total: 5n, version: 3 }]);
  });

  test('stays with a holder who has still given as much as anybody', () => {
    expect(after([gives('ann', 5n), gives('bob', 9n)], gives('bob', 4n)).changes).toEqual([]);
    expect(after([gives('ann', 5n), gives('bob', 9n)], gives('bob', 5n)).changes).toMatchObject([{ holder: 'ann' }]);
  });

  test('is nobody’s where everything went back, and free for the next', () => {
    const { state, changes } = after([gives('ann', 5n)], gives('ann', 5n));
    expect(changes).toMatchObject([{ holder: null, total: 0n, version: 2 }]);
    expect(decideSponsor(state, [gives('bob', 1n)]).changes).toMatchObject([{ holder: 'bob', version: 3 }]);
  });

  test('goes to the first of the leaderboard where several have given alike', () => {
    const given = [gives('joe', 5n), gives('bob', 5n), gives('eve', 9n)];
    expect(after(given, gives('eve', 9n)).changes).toMatchObject([{ holder: 'bob', total: 5n }]);
  });
});
