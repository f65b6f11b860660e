import { expect, test } from '@jest/globals';
import type { Absence, Request, Seen } from './history.ts';
import { latenciesOf } from './measure.ts';

const request: Request = {
  ...{ kind: 'donation', key: 'k', by: 'ann', room: 'mia', sum: 1n, isPrivate: false, dueAtMs: 1_000 },
  ...{ answers: new Map<number, number>(), id: 'gift', confirmedAtMs: 1_010, refused: 0 },
};

const viewer = (shownAtMs: number | null, ...absences: Absence[]): Seen => ({
  ...{ room: 'mia', by: 'bob', gateway: 0, order: [], types: new Map(), refundOf: new Map(), privateIds: [] },
  shownAtMs: new Map(shownAtMs === null ? [] : [['gift', shownAtMs]]),
  ...{ gaps: absences.length, wholeAfterSeq: -1, lastSeq: -1, absences, repeats: [], backwards: [] },
  ...{ rejections: new Set<string>(), reconnects: absences.length },
});

const shownAt = (...seen: Seen[]) => latenciesOf([request], seen).map(({ shownAtMs }) => shownAtMs);

test('a donation is shown when the last viewer was shown it', () => {
  expect(shownAt(viewer(1_100), viewer(1_300))).toEqual([1_300]);
});

test('who missed it in a gap makes it as late as they were back in the room', () => {
  const before = { lostAtMs: 500, backAtMs: 700 };
  expect(shownAt(viewer(1_100), viewer(null, before, { lostAtMs: 900, backAtMs: 9_000 }))).toEqual([9_000]);
  expect(shownAt(viewer(1_100), viewer(null, before))).toEqual([1_100]);
});

test('what nobody was shown is left out, since it may have been refused', () => {
  expect(shownAt(viewer(null, { lostAtMs: 900, backAtMs: 9_000 }))).toEqual([]);
});
