import { expect, test } from '@jest/globals';
import type { Failure } from './api.ts';
import type { Letter } from './ops-answers.ts';
import { decideHeadline, isBehind, trendOf } from './ops-headline.ts';
import { initialOpsState, READINGS_LIMIT, reduceOps, type OpsEvent, type OpsState } from './ops-state.ts';

const START = Date.parse('2026-01-31T03:00:00.000Z');
const STEP_MS = 3_000;

/** One status every 3 s, each with the lag of transfer-money; then the letters. */
function after(lags: readonly (number | null)[], letters: readonly Letter[] = [], checks = { kafka: 'ok' }): OpsState {
  const statuses = lags.map((lag, index): OpsEvent => {
    const isReady = Object.values(checks).every((words) => words === 'ok');
    const status = { isReady, checks, lag: { save: 0, 'transfer-money': lag } };
    return { type: 'status_read', status, at: START + index * STEP_MS };
  });
  return [...statuses, { type: 'letters_read', letters } as const].reduce(reduceOps, initialOpsState());
}

const headline = (state: OpsState) => decideHeadline(state, state.statusAt ?? START);
const failed = (status: number): Failure => ({ status, retryAfterS: null, detail: '', field: '' });

function letter(id: string, fields: Partial<Letter> = {}): Letter {
  return {
    ...{ id, group: 'save', listener: 'SaveDonate', reason: 'value is not JSON', tries: 1 },
    ...{ setAsideAt: new Date(START - 60_000).toISOString(), retriedAt: null },
    ...{ event: 'AddNewDonate', eventId: 'e', place: 'donations/0@7' },
    ...fields,
  };
}

test('all is well only once the status and what was set aside have both been told', () => {
  const statusAlone = reduceOps(after([0]), { type: 'letters_failed', failure: failed(503) });
  expect(headline(initialOpsState())).toMatchObject({ tone: 'unknown' });
  expect(headline({ ...statusAlone, letters: null, lettersFailure: null })).toMatchObject({ tone: 'unknown' });
  expect(headline(statusAlone)).toMatchObject({ tone: 'warning' });
  expect(headline(after([0]))).toMatchObject({ tone: 'good', words: 'All is well' });
});

test('a group that is far behind is named with how much, and whether that grows', () => {
  const words = (lags: number[]) => headline(after(lags)).words;
  expect(words([1_240])).toBe('transfer-money is 1,240 records behind');
  expect(words([900, 1_240])).toBe('transfer-money is 1,240 records behind and growing');
  expect(words([1_500, 1_240])).toBe('transfer-money is 1,240 records behind and catching up');
  expect(words([1_240, 1_240])).toBe('transfer-money is 1,240 records behind and not moving');
  expect(headline(after([900, 1_240]))).toMatchObject({ tone: 'bad', detail: expect.stringContaining('pending') });
  expect(headline(after([1_500, 1_240])).tone).toBe('warning');
});

test('a few records in flight are no trouble, but the same few that stay for 20 s are', () => {
  expect(headline(after([3, 1, 4, 2, 5, 3, 6, 2, 4])).tone).toBe('good');
  expect(headline(after([3, 3, 3, 3])).tone).toBe('good');
  expect(headline(after([3, 3, 3, 3, 3, 4, 4, 4]))).toMatchObject({
    words: 'transfer-money is 4 records behind and growing',
    tone: 'bad',
  });
});

test('two readings with a closed laptop between them are no group that stands still', () => {
  const slept = [0, 1].map((hour) => ({ at: START + hour * 3_600_000, behind: 3 }));
  expect(isBehind(slept)).toBe(false);
  expect(trendOf(slept)).toBe('none');
});

test('no status is worse news than any that came before, and says why', () => {
  const before = after([1_240], [letter('0-1')]);
  const words = [0, 401, 404, 503, 500].map(
    (status) => headline(reduceOps(before, { type: 'status_failed', failure: failed(status) })).words,
  );
  expect(words).toEqual([
    'No status: the server doesn’t answer',
    'No status: this token isn’t accepted',
    'No status: this token lacks the scope ops',
    'No status: what the ingress needs is out of reach',
    'No status: the server answered 500',
  ]);
  const back = reduceOps(reduceOps(before, { type: 'status_failed', failure: failed(0) }), {
    type: 'status_read',
    status: { isReady: true, checks: {}, lag: {} },
    at: START,
  });
  expect(headline(back).words).not.toContain('No status');
});

test('a status that has grown old is not shown as one', () => {
  expect(decideHeadline(after([0]), START + 60_000).tone).toBe('unknown');
});

test('a dependency that cannot be used comes before every lag, with its own words', () => {
  const state = after([1_240], [], { kafka: 'no answer in 2 s' });
  expect(headline(state)).toMatchObject({
    tone: 'bad',
    words: 'The ingress can’t use kafka',
    detail: expect.stringContaining('no answer in 2 s'),
  });
});

test('a lag that the broker does not tell is not taken for none', () => {
  expect(headline(after([null]))).toMatchObject({
    tone: 'warning',
    words: 'Nobody knows how far behind transfer-money is',
  });
});

test('records set aside within a day count until they are given back; older ones are only mentioned', () => {
  expect(headline(after([0], [letter('0-1'), letter('0-2')])).words).toBe('2 records were set aside');
  const given = letter('0-1', { retriedAt: new Date(START).toISOString() });
  expect(headline(after([0], [given])).words).toBe('All is well');
  const old = letter('0-1', { setAsideAt: new Date(START - 25 * 3_600_000).toISOString() });
  expect(headline(after([0], [old]))).toMatchObject({
    words: 'All is well',
    detail: expect.stringContaining('1 record'),
  });
});

test('what is read aloud stays the same while only numbers change', () => {
  expect(headline(after([900, 1_240])).key).toBe(headline(after([901, 2_000])).key);
  expect(headline(after([900, 1_240])).key).not.toBe(headline(after([1_240, 900])).key);
});

test('three minutes of readings are kept', () => {
  expect(after(Array.from({ length: 100 }, (_, lag) => lag)).readings['save']).toHaveLength(READINGS_LIMIT);
});
