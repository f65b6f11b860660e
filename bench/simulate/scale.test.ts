import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { assignGateways } from './assign.ts';
import { type Bounds, type Demand, type Limits, makeRooms, predict, type Room, type UnitCosts } from './scale.ts';

const costs: UnitCosts = {
  ...{ deliverySeconds: 1e-6, writeSeconds: 10e-6, frameSeconds: 20e-6, fetchCores: 0.01 },
  ...{ recordBytes: 500, windowFrameBytes: 1_000, connectionBytes: 5_000, baseBytes: 100e6 },
  ...{ leaseSeconds: 10e-6, leaseWriteSeconds: 50e-6 },
};
const bounds: Bounds = {
  ...{ windowFrames: 1_000, windowSeconds: 600, windowBytes: 50e6 },
  ...{ upgradesPerSecond: 100, leaseEverySeconds: 20 },
};
const limits: Limits = {
  ...{ processor: 0.5, roundSeconds: 1, memoryBytes: 1e9, returnSeconds: 60, egressBytesPerSecond: 1e6 },
};
const demand: Demand = {
  ...{ viewers: 10_000, largestRoom: 2_000, exponent: 1.2, secondsBetweenMessages: 100, mostFramesPerSecond: 5 },
};
const foresee = (gateways: number, shards: number, rooms: readonly Room[]) =>
  predict({ gateways, shards }, rooms, { costs, bounds, limits });

describe('rooms', () => {
  test('hold all viewers, the largest first, and none shows more than it may', () => {
    const rooms = makeRooms(demand, 4);
    expect(rooms.reduce((sum, { viewers }) => sum + viewers, 0)).toBe(10_000);
    expect(rooms[0]?.viewers).toBe(2_000);
    expect(rooms.every(({ viewers }, at) => viewers <= (rooms[at - 1]?.viewers ?? Infinity))).toBe(true);
    expect(Math.max(...rooms.map(({ framesPerSecond }) => framesPerSecond))).toBe(5);
    expect(new Set(rooms.map(({ shard }) => shard))).toEqual(new Set([0, 1, 2, 3]));
  });

  test('come out the same each time', () => expect(makeRooms(demand, 16)).toEqual(makeRooms(demand, 16)));
});

test('every shard is held whole, by at most as many gateways as there are', () => {
  const load = fc.double({ min: 0.001, max: 1_000, noNaN: true });
  fc.assert(
    fc.property(
      fc.array(load, { minLength: 1, maxLength: 70 }),
      fc.integer({ min: 1, max: 120 }),
      (loads, gateways) => {
        const assigned = assignGateways(loads, gateways);
        expect(assigned).toHaveLength(gateways);
        for (const shard of loads.keys()) {
          const share = assigned.flat().reduce((sum, part) => sum + (part.shard === shard ? part.share : 0), 0);
          expect(share).toBeCloseTo(1);
        }
      },
    ),
  );
});

describe('a prediction', () => {
  const room = (viewers: number, framesPerSecond: number, shard: number): Room => ({ viewers, framesPerSecond, shard });

  test('of one gateway adds up what is said and shown, by hand', () => {
    const one = foresee(1, 1, [room(1_000, 10, 0), room(500, 2, 0)]);
    expect(one.readingCores).toBeCloseTo(0.01 + 12 * 20e-6, 6);
    expect(one.leastCores).toBeCloseTo(0.01 + 12 * 20e-6 + 75 * 50e-6 + 11_000 * 1e-6, 6);
    expect(one.mostCores).toBeCloseTo(0.01 + 12 * 20e-6 + 75 * 50e-6 + 11_000 * 10e-6, 6);
    expect(one.roundSeconds).toBeCloseTo(0.01);
    // 1,000 frames of the busier room, 1,000 of the other: ten minutes would be 6,000 and 1,200.
    expect(one.memoryBytes).toBeCloseTo(100e6 + 1_500 * 5_000 + 2_000 * 1_000);
    expect(one.returnSeconds).toBeCloseTo(15);
    expect(one.egressBytesPerSecond).toBeCloseTo(6_000);
  });

  test('without shards: each gateway more reads all again, and holds its share', () => {
    const rooms = [room(1_000, 10, 0)];
    const [one, ten] = [foresee(1, 1, rooms), foresee(10, 1, rooms)];
    expect(ten.readingCores).toBeCloseTo(one.readingCores);
    expect(ten.egressBytesPerSecond).toBeCloseTo(10 * one.egressBytesPerSecond);
    expect(ten.roundSeconds).toBeCloseTo(one.roundSeconds / 10);
  });

  test('with a shard a gateway: all that is said is read once', () => {
    const rooms = [room(100, 10, 0), room(100, 10, 1), room(100, 10, 2), room(100, 10, 3)];
    const four = foresee(4, 4, rooms);
    expect(four.egressBytesPerSecond).toBeCloseTo(40 * 500);
    expect(four.readingCores).toBeCloseTo(0.01 + 10 * 20e-6, 6);
  });

  test('gives a shard with a very large room more gateways, and names the limit that is reached first', () => {
    const rooms = [room(9_000, 5, 0), room(1_000, 5, 1)];
    const ten = foresee(10, 2, rooms);
    expect(ten.roundSeconds).toBeCloseTo(0.01);
    expect(foresee(1, 2, rooms).first).toBe('return');
    expect(foresee(1, 2, [room(2_000, 5_000, 0)]).first).toBe('processor');
  });

  test('never lets windows grow past their budget', () => {
    const rooms = Array.from({ length: 1_000 }, () => room(1, 10, 0));
    expect(foresee(1, 1, rooms).memoryBytes).toBeCloseTo(100e6 + 1_000 * 5_000 + 50e6);
  });
});
