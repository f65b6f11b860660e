import { expect, test } from '@jest/globals';
import { formatStatus, isWell, type Status } from './report.ts';

const ready = { instance: 0, pid: 7, crashes: 0, address: 'http://127.0.0.1:21000', answer: 'ready' };
const well: Status = {
  since: '2026-01-02T03:04:05.000Z',
  processes: [
    { ...ready, name: 'ingress' },
    { ...ready, name: 'save', pid: 12_345 },
  ],
  groups: [{ name: 'save', behind: 3 }],
  deadLetters: 0,
};

test('a product that is well says so first, and shows where to ask', () => {
  expect(isWell(well)).toBe(true);
  expect(formatStatus(well)).toBe(
    [
      'All is well. Started 2026-01-02T03:04:05.000Z.',
      '',
      '  process  pid    ready  ended by itself  /readyz and /metrics at',
      '  ingress  7      yes    –                http://127.0.0.1:21000',
      '  save     12345  yes    –                http://127.0.0.1:21000',
      '',
      '  group  records behind',
      '  save   3',
      '',
      'Dead letters that wait: 0',
    ].join('\n'),
  );
});

test('what is wrong stands before the tables, with its reason', () => {
  const save = { ...ready, name: 'save', pid: 0, crashes: 2, answer: 'it has ended and is started again soon' };
  const status: Status = {
    ...well,
    processes: [save, { ...save, ...ready, instance: 1 }],
    groups: [{ name: 'save', behind: null }],
    deadLetters: 4,
  };
  const text = formatStatus(status);
  expect(isWell(status)).toBe(false);
  expect(text.split('\n').slice(0, 7)).toEqual([
    'Something is wrong. Started 2026-01-02T03:04:05.000Z.',
    '',
    'save is not ready: it has ended and is started again soon',
    'The broker does not say how far every group is.',
    'Records were set aside: npm run dead-letters -- list',
    'What ended by itself says why in the log of npm start.',
    '',
  ]);
  expect(text).toMatch(/^ {2}save\.1 +– +NO +2 × /m);
  expect(text).toMatch(/^ {2}save\.2 +7 +yes +– /m);
  expect(text).toMatch(/^ {2}save +unknown$/m);
});
