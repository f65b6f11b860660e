import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { AppError } from './errors.ts';
import type { OutRecord, Producer } from './kafka.ts';
import { createPublisher } from './publisher.ts';
import { testLog } from './testing/environment.ts';

afterEach(() => void jest.useRealTimers());

const record = (value: string): OutRecord => ({ topic: 'rooms', key: 'k', value, headers: {} });

/** A broker that answers when it is told to. */
function slowBroker() {
  const requests: { values: string[]; confirm(): void; fail(): void }[] = [];
  const producer: Producer = {
    send(records) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const fail = () => reject(new AppError('broker-unconfirmed', 'cut', { retriable: true }));
      requests.push({ values: records.map(({ value }) => String(value)), confirm: resolve, fail });
      return promise;
    },
    close: async () => undefined,
  };
  return { producer, requests };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const values = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => String(from + at));

describe('the publisher', () => {
  test('sends what comes in one turn of the loop as one request', async () => {
    const { producer, requests } = slowBroker();
    const publisher = createPublisher({ producer, log: testLog });
    const published = ['a', 'b', 'c'].map((value) => publisher.publish(record(value)));
    await turn();
    expect(requests.map((request) => request.values)).toEqual([['a', 'b', 'c']]);
    requests[0]?.confirm();
    await expect(Promise.all(published)).resolves.toHaveLength(3);
    expect(publisher.depth()).toBe(0);
  });

  test('keeps at most two requests in flight, and collects meanwhile, in order', async () => {
    const { producer, requests } = slowBroker();
    const publisher = createPublisher({ producer, log: testLog });
    const published = [];
    for (const value of ['a', 'b', 'c', 'd']) {
      published.push(publisher.publish(record(value)));
      await turn();
    }
    expect(requests.map((request) => request.values)).toEqual([['a'], ['b']]);
    requests[0]?.confirm();
    await published[0];
    await turn();
    expect(requests.map((request) => request.values)).toEqual([['a'], ['b'], ['c', 'd']]);
    for (const request of requests) request.confirm();
    await Promise.all(published);
  });

  test('cuts a backlog into requests of at most 500 records and 512 KiB', async () => {
    const { producer, requests } = slowBroker();
    const publisher = createPublisher({ producer, log: testLog });
    const published = [...values(0, 600), 'x'.repeat(300_000), 'y'.repeat(300_000)].map((value) =>
      publisher.publish(record(value)),
    );
    await turn();
    expect(requests.map((request) => request.values.length)).toEqual([500, 101]);
    for (let at = 0; at < 3; at++) {
      requests[at]?.confirm();
      await turn();
      await turn();
    }
    await Promise.all(published);
    expect(requests.map((request) => request.values.length)).toEqual([500, 101, 1]);
  });

  test('tells every caller of a request that the broker did not confirm', async () => {
    const { producer, requests } = slowBroker();
    const publisher = createPublisher({ producer, log: testLog });
    const published = ['a', 'b'].map((value) => publisher.publish(record(value)));
    await turn();
    requests[0]?.fail();
    for (const one of await Promise.allSettled(published)) {
      expect(one).toMatchObject({ status: 'rejected', reason: { code: 'unavailable', retriable: true } });
    }
  });

  test('refuses at once what would exceed its bound', async () => {
    const { producer, requests } = slowBroker();
    const publisher = createPublisher({ producer, log: testLog, maximumQueued: 10 });
    const published = values(0, 10).map((value) => publisher.publish(record(value)));
    await expect(publisher.publish(record('eleventh'))).rejects.toMatchObject({ code: 'unavailable' });
    await turn();
    requests[0]?.confirm();
    await Promise.all(published);
    const later = publisher.publish(record('later'));
    await turn();
    requests[1]?.confirm();
    await expect(later).resolves.toBeUndefined();
  });

  test('gives up on a broker that hangs after its deadline, and then refuses at once until it answers again', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate'] });
    const { producer, requests } = slowBroker();
    const publisher = createPublisher({ producer, log: testLog });
    const first = publisher.publish(record('a')).then(
      () => 'confirmed',
      (error: AppError) => error.code,
    );
    await turn();
    jest.advanceTimersByTime(2_900);
    const second = publisher.publish(record('b')).catch((error: AppError) => error.code);
    await turn();
    jest.advanceTimersByTime(200);
    await expect(publisher.publish(record('c'))).rejects.toMatchObject({ code: 'unavailable' });
    expect(publisher.depth()).toBe(2);
    jest.advanceTimersByTime(1_900);
    await expect(first).resolves.toBe('unavailable');
    jest.advanceTimersByTime(2_900);
    await expect(second).resolves.toBe('unavailable');
    expect(publisher.depth()).toBe(0);
    // Its requests still hang: what comes now fails without waiting.
    await expect(publisher.publish(record('d'))).rejects.toMatchObject({ code: 'unavailable' });
    for (const request of requests) request.confirm();
    await turn();
    const recovered = publisher.publish(record('e'));
    await turn();
    requests.at(-1)?.confirm();
    await expect(recovered).resolves.toBeUndefined();
    expect(requests.map((request) => request.values)).toEqual([['a'], ['b'], ['e']]);
  });

  test('keeps the deadline of each record, whichever came first, and refuses one that has none left', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate'] });
    const { producer } = slowBroker();
    const publisher = createPublisher({ producer, log: testLog });
    const failed: string[] = [];
    const publish = (value: string, deadlineMs?: number) =>
      publisher.publish(record(value), deadlineMs === undefined ? {} : { deadlineMs }).catch(() => failed.push(value));
    const all = [publish('own'), publish('1000', 1_000), publish('500', 500), publish('9000', 9_000), publish('0', 0)];
    await turn();
    expect(failed).toEqual(['0']);
    for (const [ms, expected] of [
      [500, ['0', '500']],
      [500, ['0', '500', '1000']],
      [4_000, ['0', '500', '1000', 'own', '9000']],
    ] as const) {
      jest.advanceTimersByTime(ms);
      await turn();
      expect(failed).toEqual(expected);
    }
    await Promise.all(all);
  });

  test('keeps its deadlines when the machine’s clock is set back in the meantime, or ahead', async () => {
    const { producer, requests } = slowBroker();
    const publisher = createPublisher({ producer, log: testLog, deadlineMs: 200 });
    const late = publisher.publish(record('late'));
    const clock = jest.spyOn(Date, 'now').mockImplementation(() => 0);
    await expect(late).rejects.toThrow('the broker did not confirm within');
    clock.mockImplementation(() => Number.MAX_SAFE_INTEGER);
    const inTime = createPublisher({ producer, log: testLog }).publish(record('in time'));
    await turn();
    requests.at(-1)?.confirm();
    await expect(inTime).resolves.toBeUndefined();
    clock.mockRestore();
  });

  test('on closing refuses new records and waits for the others', async () => {
    const { producer, requests } = slowBroker();
    const publisher = createPublisher({ producer, log: testLog });
    const published = publisher.publish(record('a'));
    let isClosed = false;
    const closing = publisher.close().then(() => (isClosed = true));
    await expect(publisher.publish(record('b'))).rejects.toMatchObject({ code: 'unavailable' });
    await turn();
    expect(isClosed).toBe(false);
    requests[0]?.confirm();
    await Promise.all([published, closing]);
    expect(isClosed).toBe(true);
  });
});
