import { expect, test } from '@jest/globals';
import { formatLine, isQuietRequest } from './log-lines.ts';

const now = new Date(2026, 0, 2, 3, 4, 5, 6);
const time = now.toISOString();

test('a line of level info shows its time, name, message and fields', () => {
  const line = JSON.stringify({ level: 'info', time, pid: 1, name: 'save', msg: 'ready', port: 3000, topic: 'rooms' });
  expect(formatLine('save', 6, line, new Date())).toBe('03:04:05.006 save   | ready port=3000 topic=rooms');
});

test('any other level is named, and values with blanks are quoted', () => {
  const line = JSON.stringify({ level: 'warn', time, msg: 'slow', reason: 'two words', at: { partition: 1 } });
  expect(formatLine('goal', 4, line, new Date())).toBe(
    '03:04:05.006 goal | WARN slow reason="two words" at={"partition":1}',
  );
});

test('an error brings its stack on lines of its own', () => {
  const line = JSON.stringify({
    level: 'error',
    time,
    msg: 'failed',
    err: { message: 'no', stack: 'Error: no\nat a.ts' },
  });
  expect(formatLine('goal', 4, line, new Date())).toBe('03:04:05.006 goal | ERROR failed\n    Error: no\n    at a.ts');
});

test('what is no JSON passes as it is', () => {
  expect(formatLine('goal', 4, 'Segmentation fault', now)).toBe('03:04:05.006 goal | Segmentation fault');
  expect(formatLine('goal', 4, '{ not JSON', now)).toBe('03:04:05.006 goal | { not JSON');
});

test('only requests that were answered well are quiet', () => {
  const line = (fields: object) => JSON.stringify({ level: 'info', time, msg: 'request', ...fields });
  expect([200, 201, 304].map((status) => isQuietRequest(line({ status })))).toEqual([true, true, true]);
  expect([400, 499, 503].map((status) => isQuietRequest(line({ status })))).toEqual([false, false, false]);
  expect(isQuietRequest(line({ msg: 'ready', status: 200 }))).toBe(false);
  expect(isQuietRequest('Segmentation fault')).toBe(false);
});
