import { expect, test } from '@jest/globals';
import { intentionId } from '../../shared/ids.ts';
import type { Request } from '../history.ts';
import { askedFor, beyondAllowance, mayHaveHappened } from './asked.ts';

const request = (given: Partial<Request>): Request => ({
  ...{ kind: 'donation', key: 'k', by: 'ann', room: 'mia', sum: 1n, isPrivate: false, dueAtMs: 0 },
  ...{ answers: new Map<number, number>(), id: null, confirmedAtMs: 0, refused: 0, ...given },
});
const answered = (...statuses: number[]) => new Map(statuses.map((status) => [status, 1]));

test('what was never answered may have happened; what was only refused has not', () => {
  expect(mayHaveHappened(request({}))).toBe(true);
  expect(mayHaveHappened(request({ answers: answered(0, 503) }))).toBe(true);
  expect(mayHaveHappened(request({ refused: 404, answers: answered(404) }))).toBe(false);
  expect(mayHaveHappened(request({ refused: 402, answers: answered(0, 402) }))).toBe(true);
  expect(mayHaveHappened(request({ refused: 402, answers: answered(503, 402) }))).toBe(true);
  expect(mayHaveHappened(request({ id: 'x' }))).toBe(false);
});

test('a request that was never confirmed has the one id that its caller and key give', () => {
  const asked = askedFor(
    [request({ key: 'one' }), request({ key: 'two', id: 'x' }), request({ kind: 'goal' })],
    'donation',
  );
  expect([...asked.possible.keys()]).toEqual([intentionId('', 'ann', 'donation.add', 'one')]);
  expect([...asked.confirmed.keys()]).toEqual(['x']);
});

test('an id that two requests were given is named', () => {
  expect(askedFor([request({ id: 'x' }), request({ id: 'x', key: 'other' })], 'donation').shared).toEqual(['x']);
});

test('each unconfirmed request allows one row of its room', () => {
  const rows = ['a', 'b', 'c'].map((id) => ({ id, room: id === 'c' ? 'eva' : 'mia' }));
  expect(beyondAllowance(rows, new Map([['mia', 1]]))).toEqual(['b', 'c']);
  expect(
    beyondAllowance(
      rows,
      new Map([
        ['mia', 2],
        ['eva', 5],
      ]),
    ),
  ).toEqual([]);
});
