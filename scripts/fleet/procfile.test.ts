import { expect, test } from '@jest/globals';
import { parseProcfile, programOf } from './procfile.ts';

test('a process works in the contexts of its groups, and a service in those it answers for', () => {
  const entries = parseProcfile(
    [
      '# comment',
      '',
      'services: node services/main.ts rooms ledger',
      'two: node workers/main.ts save transfer-money',
      'web: node ingress/main.ts',
      'queue-to-ws: node workers/main.ts queue-to-ws',
    ].join('\n'),
  );
  expect(entries).toEqual([
    {
      name: 'services',
      command: ['node', 'services/main.ts', 'rooms', 'ledger'],
      contexts: ['rooms', 'ledger'],
      answersFor: ['rooms', 'ledger'],
    },
    {
      name: 'two',
      command: ['node', 'workers/main.ts', 'save', 'transfer-money'],
      contexts: ['rooms', 'ledger'],
      answersFor: [],
    },
    { name: 'web', command: ['node', 'ingress/main.ts'], contexts: [], answersFor: [] },
    { name: 'queue-to-ws', command: ['node', 'workers/main.ts', 'queue-to-ws'], contexts: [], answersFor: [] },
  ]);
});

test('node may have flags of its own before the program', () => {
  const [entry] = parseProcfile('services: node --max-semi-space-size=4 services/main.ts rooms');
  expect(entry).toMatchObject({ contexts: ['rooms'], answersFor: ['rooms'] });
  expect(programOf(entry?.command ?? [])).toEqual(['services/main.ts', 'rooms']);
});

test('a line that is no entry, and a name used twice, are refused with their place', () => {
  expect(() => parseProcfile('a: node a.ts\nb node b.ts')).toThrow('Procfile, line 2');
  expect(() => parseProcfile('a: node a.ts\na: node b.ts')).toThrow('a is there twice');
});
