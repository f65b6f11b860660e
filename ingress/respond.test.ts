import { afterEach, expect, jest, test } from '@jest/globals';
import { ServerResponse, IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { pino } from 'pino';
import { AppError } from '../shared/errors.ts';
import { registry } from '../shared/metrics.ts';
import { sendError } from './respond.ts';
import { beginVisit } from './visit.ts';

afterEach(() => void jest.useRealTimers());

test('while something is out of reach, one line a second says so, without a stack, and how often', async () => {
  jest.useFakeTimers({ now: Date.now() });
  jest.advanceTimersByTime(10_000);
  const lines: Record<string, unknown>[] = [];
  const log = pino({ base: null, timestamp: false }, { write: (line) => void lines.push(JSON.parse(line)) });
  const fail = () => {
    const request = new IncomingMessage(new Socket());
    const response = new ServerResponse(request);
    beginVisit(request, response, { log, headers: [] });
    const cause = new Error('connection refused');
    sendError(response, new AppError('unavailable', 'the broker did not confirm', { retriable: true, cause }), log);
    return response.statusCode;
  };
  expect(Array.from({ length: 100 }, fail)).toEqual(Array(100).fill(503));
  jest.advanceTimersByTime(1_000);
  fail();
  const reason = 'the broker did not confirm: connection refused';
  expect(lines).toEqual(
    [1, 100].map((calls) => ({ level: 40, code: 'unavailable', reason, calls, msg: 'unavailable' })),
  );
  expect(await registry.getSingleMetricAsString('rostra_unavailable_total')).toContain(' 101');
});
