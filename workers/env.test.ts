import { expect, test } from '@jest/globals';
import { readWorkersEnvironment } from './env.ts';

const common = { KAFKA_BROKERS: 'a:1,b:2', REDIS_URL: 'redis://r:1' };
const both = { ...common, DATABASE_URL_ROOMS: 'mysql://u@h/rooms', DATABASE_URL_LEDGER: 'mysql://u@h/ledger' };

test('a process reads the databases of its groups’ contexts and no other', () => {
  const { groups, databaseUrls } = readWorkersEnvironment(both, ['save', 'goal']);
  expect(groups).toEqual(['save', 'goal']);
  expect([...databaseUrls]).toEqual([['rooms', 'mysql://u@h/rooms']]);
  expect([...readWorkersEnvironment(common, ['queue-to-ws']).databaseUrls]).toEqual([]);
});

test('everything that cannot be right is named at once', () => {
  const read = () =>
    readWorkersEnvironment({ KAFKA_BROKERS: 'a:1', METRICS_PORT: 'x' }, ['save', 'transfer-money', 'sing']);
  for (const fault of [
    'DATABASE_URL_ROOMS',
    'DATABASE_URL_LEDGER',
    'REDIS_URL',
    'METRICS_PORT',
    'name the consumer groups',
  ]) {
    expect(read).toThrow(fault);
  }
});

test.each([[[]], [['save', 'save']], [['nobody']]])('%j names no groups to run', (named) => {
  expect(() => readWorkersEnvironment(both, named)).toThrow('name the consumer groups');
});

test('a crash is planned in test builds only, and only at a point that there is', () => {
  const plan = (source: Record<string, string>) => readWorkersEnvironment({ ...both, ...source }, ['save']).crashPlan;
  expect(plan({ CRASH_AT: 'after-commit:0.5' })).toBeNull();
  expect(plan({ ROSTRA_TEST_BUILD: '1' })).toBeNull();
  expect(plan({ ROSTRA_TEST_BUILD: '1', CRASH_AT: 'after-commit:0.5' })).toEqual({
    point: 'after-commit',
    probability: 0.5,
    listener: null,
  });
  for (const wrong of ['after-commit', 'after-commit:2', 'after-commit:x', 'nowhere:1', 'after-commit:']) {
    expect(() => plan({ ROSTRA_TEST_BUILD: '1', CRASH_AT: wrong })).toThrow('CRASH_AT');
  }
});

test('a crash over one listener’s work is planned for a listener of the named groups, at a point that its kind has', () => {
  const read = (group: string, text: string) =>
    readWorkersEnvironment({ ...both, ROSTRA_TEST_BUILD: '1', CRASH_AT: text }, [group]).crashPlan;
  expect(read('save', 'mid-effect:1:SaveMessage')).toEqual({
    point: 'mid-effect',
    probability: 1,
    listener: 'SaveMessage',
  });
  expect(read('save', 'relay-after-ack:1')).toMatchObject({ point: 'relay-after-ack', listener: null });
  expect(() => read('save', 'mid-effect:1:TransferMoney')).toThrow(/listeners .*SaveMessage/);
  expect(() => read('queue-to-ws', 'after-dedup:1:SendMessageToQueue')).toThrow(
    /points before-dedup, mid-effect, after-commit; listeners .*SendMessageToQueue/,
  );
  expect(() => read('queue-to-ws', 'relay-after-ack:1')).toThrow('CRASH_AT');
});
