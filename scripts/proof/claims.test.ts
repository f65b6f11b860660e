import { describe, expect, test } from '@jest/globals';
import type { Figure, ProofAnswer } from '../../shared/proof.ts';
import { decideClaims } from './claims.ts';

const figure = (name: string, number: string, sum: string, checksum = '0'): Figure => ({
  ...{ name, currency: 'USD', number, sum, checksum },
});
const answer = (...figures: Figure[]): ProofAnswer => ({ figures, faults: [], faults_in_all: '0', outbox_newest: '0' });

/** 10.00 came in; 2.00 and 1.00 were given, the latter too young to be in both; 5.00 bounced. */
const ledger = [
  figure('postings', '6', '0.00'),
  figure('credits', '3', '13.00'),
  figure('settled transfers', '3', '13.00'),
  figure('outside money', '1', '-10.00'),
  figure('balances', '2', '10.00'),
  figure('postings of accounts', '2', '10.00'),
  figure('settled deposits', '1', '10.00', '7'),
  figure('settled donations', '1', '2.00', '8'),
  figure('younger settled donations', '1', '1.00', '9'),
  figure('rejected donations', '1', '5.00', '3'),
];
const rooms = [
  figure('settled donations', '1', '2.00', '8'),
  figure('younger settled donations', '1', '1.00', '9'),
  figure('contributions to totals', '1', '2.00'),
  figure('contributions to goals', '1', '2.00'),
  figure('all contributions', '2', '3.00'),
  figure('totals', '1', '3.00'),
  figure('totals by the hour', '1', '3.00'),
  figure('rejected donations', '1', '5.00', '3'),
];
const replaced = (figures: readonly Figure[], other: Figure): readonly Figure[] => [
  ...figures.filter(({ name }) => name !== other.name),
  other,
];
const broken = (ledgerFigures: readonly Figure[], roomsFigures: readonly Figure[]) =>
  decideClaims(answer(...ledgerFigures), answer(...roomsFigures))
    .filter(({ holds }) => !holds)
    .map(({ claim }) => claim);

test('sound books hold, with what is too young left out', () => {
  expect(broken(ledger, rooms)).toEqual([]);
});

test('a donation that went back stays settled for both, and is held against its refund', () => {
  const returned = [figure('settled refunds', '1', '2.00', '5'), figure('credits', '4', '15.00')];
  const more = figure('settled transfers', '4', '15.00');
  const books = [...returned, more].reduce<readonly Figure[]>(replaced, ledger);
  const { name: _, ...was } = figure('settled donations', '1', '2.00', '8');
  const given = rooms.filter(({ name }) => name !== 'settled donations');
  const went = [{ ...was, name: 'refunded donations' }, figure('donations that went back', '1', '2.00')];
  expect(broken(books, [...given, ...went])).toEqual([]);
  expect(broken(books, [...given, went[0] as Figure])).toEqual(['refunds: ledger = rooms']);
});

test('a fleet that has moved nothing yet holds', () => {
  expect(decideClaims(answer(), answer())).toEqual([]);
});

describe('a cent breaks the claim that it is in:', () => {
  test.each([
    ['postings', figure('postings', '6', '0.01'), ['all postings add up to 0']],
    [
      'balances',
      figure('balances', '2', '10.01'),
      ['balances = their postings', 'balances = money that came in and did not leave'],
    ],
    [
      'donations',
      figure('settled donations', '1', '2.01', '8'),
      ['settled donations = credits to streamers', 'settled donations: ledger = rooms'],
    ],
  ])('%s of the ledger', (_name, other, claims) => {
    expect(broken(replaced(ledger, other), rooms)).toEqual(claims);
  });

  test.each([
    [
      'totals',
      figure('totals', '1', '3.01'),
      ['contributions that did not go back = totals', 'totals = totals by the hour'],
    ],
    ['goals', figure('contributions to goals', '1', '1.99'), ['settled donations = contributions to goals']],
    ['ends', figure('pending donations', '1', '0.01'), ['accepted donations without an end = none']],
  ])('%s of the rooms', (_name, other, claims) => {
    expect(broken(ledger, replaced(rooms, other))).toEqual(claims);
  });
});

test('as many donations of as much money, but others, do not hold', () => {
  expect(broken(ledger, replaced(rooms, figure('settled donations', '1', '2.00', '999')))).toEqual([
    'settled donations: ledger = rooms',
  ]);
});

test('each currency is held against itself alone', () => {
  const yen = { ...figure('postings', '2', '1'), currency: 'JPY' };
  const claims = decideClaims(answer(...ledger, yen), answer(...rooms));
  expect(claims.filter(({ holds }) => !holds)).toMatchObject([{ currency: 'JPY', left: '1', right: '0' }]);
});
