import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decideSponsor, newSponsorId, type SponsorChange, type SponsorState } from './sponsor.ts';
import { deliveriesOf, fresh, interleavingsOf } from './testing/delivery.ts';

interface Given {
  readonly donateId: string;
  readonly ownerId: string;
  readonly clientId: string;
  readonly sum: bigint;
}

const nobody: SponsorState = { holder: null, version: 0, totals: new Map() };
let made = 0;
const given = (clientId: string, sum: bigint, ownerId = 'room'): Given => ({
  donateId: `d${made++}`,
  ownerId,
  clientId,
  sum,
});
const holders = (changes: readonly SponsorChange<Given>[]) => changes.map(({ by }) => by.clientId);

describe('the title of top donor', () => {
  test('goes to the first who gives anything', () => {
    const { state, changes } = decideSponsor(nobody, [given('ann', 1n)]);
    expect(state).toMatchObject({ holder: 'ann', version: 1 });
    expect(changes).toMatchObject([{ total: 1n, version: 1 }]);
  });

  test('is kept at a tie, and changes for one minor unit more', () => {
    const { changes } = decideSponsor(nobody, [given('ann', 1000n), given('bob', 1000n), given('bob', 1n)]);
    expect(holders(changes)).toEqual(['ann', 'bob']);
    expect(changes.at(-1)).toMatchObject({ total: 1001n, version: 2 });
  });

  test('is not announced again when the holder gives more', () => {
    const { changes } = decideSponsor(nobody, [given('ann', 5n), given('ann', 5n)]);
    expect(holders(changes)).toEqual(['ann']);
  });

  test('may change hands several times in one batch, each change told in order', () => {
    const donations = [given('ann', 5n), given('bob', 6n), given('ann', 2n), given('eve', 9n)];
    const { changes } = decideSponsor(nobody, donations);
    expect(holders(changes)).toEqual(['ann', 'bob', 'ann', 'eve']);
    expect(changes.map(({ version }) => version)).toEqual([1, 2, 3, 4]);
  });

  test('is exact where floating point is not', () => {
    const large = 2n ** 53n;
    const { changes } = decideSponsor(nobody, [given('ann', large), given('bob', large), given('bob', 1n)]);
    expect(changes.at(-1)).toMatchObject({ total: large + 1n });
  });
});

const clients = ['ann', 'bob', 'eve', 'joe'];
const donations = (ownerId: string) =>
  fc
    .array(fc.tuple(fc.constantFrom(...clients), fc.bigInt(1n, 4n)), { maxLength: 30 })
    .map((list) => list.map(([clientId, sum]) => given(clientId, sum, ownerId)));

/** A listener in forty lines: what it has counted, each room's state, and what it has told. */
function run(slices: readonly (readonly Given[])[]) {
  const counted = new Set<string>();
  const states = new Map<string, SponsorState>();
  const told: string[] = [];
  for (const slice of slices) {
    for (const [ownerId, ofRoom] of Map.groupBy(fresh(slice, counted), (one) => one.ownerId)) {
      const { state, changes } = decideSponsor(states.get(ownerId) ?? nobody, ofRoom);
      states.set(ownerId, state);
      told.push(...changes.map(({ by, version }) => `${newSponsorId(ownerId, version)} ${by.clientId}`));
    }
  }
  return { states, told };
}

describe('whatever the delivery', () => {
  test('slices, crashes and other rooms between change neither the titles nor what is told of them', () => {
    const rooms = fc.tuple(donations('one'), donations('two'));
    const cases = rooms.chain((logs) =>
      interleavingsOf(logs).chain((log) =>
        deliveriesOf(log).map(({ slices }) => ({ slices, alone: logs.map((one) => run([one])) })),
      ),
    );
    fc.assert(
      fc.property(cases, ({ slices, alone }) => {
        const { states, told } = run(slices);
        for (const one of alone) for (const [ownerId, state] of one.states) expect(states.get(ownerId)).toEqual(state);
        expect([...told].sort()).toEqual(alone.flatMap((one) => one.told).sort());
      }),
      { numRuns: 500 },
    );
  });

  test('the holder has the highest total, and nobody had it before them', () => {
    fc.assert(
      fc.property(donations('room'), (log) => {
        const { state } = decideSponsor(nobody, log);
        const sums = new Map<string, bigint>();
        let leader: string | null = null;
        for (const { clientId, sum } of log) {
          sums.set(clientId, (sums.get(clientId) ?? 0n) + sum);
          const best = [...sums.values()].reduce((one, other) => (one > other ? one : other), 0n);
          if (leader === null || (sums.get(leader) ?? 0n) < best) {
            leader = [...sums].find(([, total]) => total === best)?.[0] ?? null;
          }
        }
        expect(state.holder).toBe(leader);
        expect(state.totals).toEqual(sums);
      }),
      { numRuns: 500 },
    );
  });
});
