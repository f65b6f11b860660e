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
  });
  for (const wrong of ['after-commit', 'after-commit:2', 'after-commit:x', 'nowhere:1', 'after-commit:']) {
    expect(() => plan({ ROSTRA_TEST_BUILD: '1', CRASH_AT: wrong })).toThrow('CRASH_AT');
  }
});
