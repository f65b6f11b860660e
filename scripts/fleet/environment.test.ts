import { expect, test } from '@jest/globals';
import { contextAddressVariables, processEnvironment, withMore } from './environment.ts';

const env = {
  DATABASE_URL: 'mysql://admin@host',
  DATABASE_REPLICA_URL: 'mysql://admin@replica',
  DATABASE_URL_ROOMS: 'mysql://rooms@host/rooms',
  DATABASE_REPLICA_URL_ROOMS: 'mysql://rooms@replica/rooms',
  DATABASE_URL_LEDGER: 'mysql://ledger@host/ledger',
  KAFKA_BROKERS: 'host:1',
  PORT: '3000',
};
const ports = { port: 21_000, metricsPort: 22_000 };

test('a process gets its own context’s databases, and never the admin’s', () => {
  const entry = { name: 'save', command: [], contexts: ['rooms'], answersFor: [] };
  const given = processEnvironment(entry, env, ports, {});
  const names = Object.keys(given).filter((name) => name.startsWith('DATABASE'));
  expect(names.sort()).toEqual(['DATABASE_REPLICA_URL_ROOMS', 'DATABASE_URL_ROOMS']);
  expect(given).toMatchObject({ KAFKA_BROKERS: 'host:1', METRICS_PORT: '22000' });
});

test('a process that serves gets its own port under the name that it reads', () => {
  const entry = { name: 'ingress', command: [], contexts: [], answersFor: [] };
  expect(processEnvironment(entry, env, ports, {}).PORT).toBe('21000');
});

test('an address that is set wins over the one that was found', () => {
  const entry = { name: 'ingress', command: [], contexts: [], answersFor: [] };
  const found = { ROOMS_ADDRESS: '127.0.0.1:1', LEDGER_ADDRESS: '127.0.0.1:1' };
  const given = processEnvironment(entry, { ...env, ROOMS_ADDRESS: 'elsewhere:2' }, ports, found);
  expect(given).toMatchObject({ ROOMS_ADDRESS: 'elsewhere:2', LEDGER_ADDRESS: '127.0.0.1:1' });
});

test('variables on top replace those below, but for node’s options, which are added', () => {
  const more = withMore({ A: '1', B: '1', NODE_OPTIONS: '--first' }, { B: '2', NODE_OPTIONS: '--second' });
  expect(more).toEqual({ A: '1', B: '2', NODE_OPTIONS: '--first --second' });
  expect(withMore({ NODE_OPTIONS: '--first' }, {})).toEqual({ NODE_OPTIONS: '--first' });
  expect(withMore({ A: '1' }, { NODE_OPTIONS: '--second' })).toEqual({ A: '1', NODE_OPTIONS: '--second' });
  expect(withMore({ A: '1' }, {})).toEqual({ A: '1' });
});

test('a context answers where its service listens; several services are one address for gRPC', () => {
  const services = [
    { answersFor: ['rooms', 'ledger'], port: 1 },
    { answersFor: ['rooms'], port: 2 },
    { answersFor: [], port: 3 },
  ];
  expect(contextAddressVariables(services)).toEqual({
    ROOMS_ADDRESS: 'ipv4:127.0.0.1:1,127.0.0.1:2',
    LEDGER_ADDRESS: '127.0.0.1:1',
  });
});
