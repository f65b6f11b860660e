import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { events } from '../shared/events/catalogue.ts';
import { contexts, groups } from '../shared/groups.ts';
import { topics } from '../shared/topics.ts';
import { listeners } from '../workers/listeners.ts';

const root = new URL('..', import.meta.url).pathname;

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.includes('/testing/'))
    .map((file) => join(folder, file));
}

const read = (file: string) => readFileSync(join(root, file), 'utf8');

/** Tables that a context's migrations create, its outbox and the like apart: every context has those. */
function tablesOf(context: string): string[] {
  return sources(`migrations/${context}`).flatMap((file) =>
    [...read(file).matchAll(/(?:createTable\(\s*['"`]|CREATE TABLE `?)(\w+)/g)].map((match) => match[1] as string),
  );
}

test('only tables.ts of a context names its tables', () => {
  const hosts = ['ingress', 'services', 'workers', 'ws-gateway', 'shared'].flatMap(sources);
  for (const context of contexts) {
    const tables = tablesOf(context);
    expect(tables.length).toBeGreaterThan(0);
    // Two contexts may each have a table of one name, in databases of their own.
    const owners = contexts.filter((other) => tablesOf(other).some((table) => tables.includes(table)));
    const isOwn = (file: string) => owners.some((owner) => file.startsWith(`services/${owner}/tables`));
    const naming = new RegExp(`\\b(?:FROM|INTO|UPDATE|JOIN|TABLE)\\s+\`?(?:${tables.join('|')})\\b`);
    expect(hosts.filter((file) => !isOwn(file) && naming.test(read(file)))).toEqual([]);
  }
});

test('consumer groups, event names and topics are frozen: a renamed group would read its topics again', () => {
  expect(Object.keys(groups)).toEqual([
    ...['save', 'transfer-money', 'sponsor', 'goal', 'queue-to-ws'],
    ...['auth', 'profiles', 'friends'],
  ]);
  expect(Object.keys(topics)).toEqual([
    ...['rooms', 'donations', 'ledger', 'people', 'friendships', 'ws.out', 'dead-letters'],
  ]);
  expect(Object.keys(events).sort()).toEqual([
    'AddNewConnection',
    'AddNewDonate',
    'AddNewGoal',
    'AddNewMessage',
    'AddNewRoom',
    'ConnectionClosed',
    'DonateRejected',
    'EndGoal',
    'FriendAccepted',
    'FriendDeclined',
    'FriendRemoved',
    'FriendRequestSent',
    'GoalUpdated',
    'MoneyDeposited',
    'MoneyPaidOut',
    'MoneyRefunded',
    'NewSponsor',
    'PersonBlocked',
    'PersonUnblocked',
    'ProfileUpdated',
    'ReceiveMoney',
    'UserBlocked',
    'UserDeleted',
    'UserLoggedIn',
    'UserRegistered',
    'UserUnblocked',
  ]);
});

test('a consumer group hears an event at most once, and reads the topic that carries it', () => {
  for (const [name, heard] of Object.entries(listeners)) {
    const hearing = heard.map((listener) => listener.group);
    expect(new Set(hearing).size).toBe(hearing.length);
    for (const listener of heard) {
      expect(listener.event).toBe(name);
      expect(groups[listener.group].topics).toContain(events[name as keyof typeof events].topic);
    }
  }
});

test('Procfile, docker-compose.yml and the groups name the same daemons', () => {
  const daemons = [...read('Procfile').matchAll(/^([\w-]+): *node workers\/main\.ts ([\w-]+)$/gm)];
  expect(daemons.map((match) => match[2])).toEqual(Object.keys(groups));
  const processes = [...read('Procfile').matchAll(/^([\w-]+):/gm)].map((match) => match[1] as string);
  const compose = read('docker-compose.yml');
  for (const name of processes) expect(compose).toMatch(new RegExp(`^  ${name}:`, 'm'));
});

test('each listener file bears the name of its listener', () => {
  const files = contexts.flatMap((context) => sources(`services/${context}/listeners`));
  const kebab = (name: string) => name.replace(/(?<!^)([A-Z])/g, '-$1').toLowerCase();
  const named = Object.values(listeners).flatMap((heard) => heard.map((listener) => `${kebab(listener.name)}.ts`));
  expect([...new Set(files.map((file) => file.split('/').at(-1)))].sort()).toEqual([...new Set(named)].sort());
});

test('.env.example names every variable that a process reads', () => {
  const files = [
    'shared/environment.ts',
    ...['ingress', 'services', 'workers', 'ws-gateway'].map((host) => `${host}/env.ts`),
  ];
  const named = files.flatMap((file) => [...read(file).matchAll(/'([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|PORT|HOST)'/g)]);
  const variables = new Set(named.map((match) => match[1] as string));
  expect(variables.size).toBeGreaterThan(15);
  const example = read('.env.example');
  expect([...variables].filter((name) => !new RegExp(`^(# )?${name}=`, 'm').test(example))).toEqual([]);
});
