import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decidePeople, isKnown, type KnownPerson, type Sighting } from './people.ts';

const time = (second: number) => new Date(Date.UTC(2026, 4, 1, 12, 0, second)).toISOString();
const seen = (name: string, second: number): Sighting => ({ uuid: 'ann', type: 'client', name, at: time(second) });

test('the first sight makes a row, also without a name', () => {
  expect(decidePeople(new Map(), [seen('', 1)]).get('ann')).toEqual({ name: '', since: time(1) });
});

test('an empty name takes nothing away, and any name is better than none', () => {
  expect(isKnown({ name: 'Ann', since: time(1) }, seen('', 2))).toBe(true);
  expect(isKnown({ name: '', since: time(5) }, seen('Ann', 2))).toBe(false);
});

test('a name that is known costs no write', () => {
  expect(decidePeople(new Map([['ann', { name: 'Ann', since: time(1) }]]), [seen('Ann', 9)]).size).toBe(0);
});

test('the newest name stays, in whatever order and slices the events arrive', () => {
  const names = fc.uniqueArray(fc.integer({ min: 1, max: 50 }), { minLength: 1 });
  fc.assert(
    fc.property(names, fc.integer({ min: 1, max: 5 }), (seconds, size) => {
      const known = new Map<string, KnownPerson>();
      for (let at = 0; at < seconds.length; at += size) {
        const slice = seconds.slice(at, at + size).map((second) => seen(`name ${second}`, second));
        for (const [uuid, person] of decidePeople(known, slice)) known.set(uuid, person);
      }
      expect(known.get('ann')?.name).toBe(`name ${Math.max(...seconds)}`);
    }),
    { numRuns: 500 },
  );
});
