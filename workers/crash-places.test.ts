import { expect, test } from '@jest/globals';
import { groups } from '../shared/groups.ts';
import { crashPlaces } from './crash-places.ts';

const pointsOf = (name: string) => crashPlaces().flatMap(({ listener, point }) => (listener === name ? [point] : []));

test('a listener that works in a database can be hit at five points, however many events it hears', () => {
  const five = ['before-dedup', 'after-dedup', 'mid-effect', 'after-commit', 'after-post-effects'];
  expect(pointsOf('TransferMoney')).toEqual(five);
  expect(pointsOf('UpdateGoal')).toEqual(five);
});

test('a listener that only makes frames can be hit at three', () => {
  expect(pointsOf('SendDonateToQueue')).toEqual(['before-dedup', 'mid-effect', 'after-commit']);
});

test('every group has listeners to hit, and no place is there twice', () => {
  const places = crashPlaces().map(({ group, listener, point }) => `${group} ${listener} ${point}`);
  expect(new Set(places).size).toBe(places.length);
  expect([...new Set(crashPlaces().map(({ group }) => group))].sort()).toEqual(Object.keys(groups).sort());
});
