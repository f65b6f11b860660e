import { encodeFrame } from '../../shared/frame.ts';
import { sizeOf } from '../../shared/record-size.ts';
import { RENEW_LEASE_MS } from '../../ws-gateway/presence.ts';
import { WINDOW_FRAMES, WINDOW_MS } from '../../ws-gateway/recovery.ts';
import { ADMITTED_PER_SECOND } from '../../ws-gateway/upgrade-limits.ts';
import { newEvent, owner, TEXT_CHARACTERS } from '../support/room-event.ts';
import type { Bounds, Demand, Limits, UnitCosts } from './scale.ts';

const record = sizeOf(encodeFrame({ ...newEvent(owner, 1, TEXT_CHARACTERS), subjects: null, ownerId: owner }));

/** Measured; docs/scale.md says how, and on how busy a machine. */
export const measured: UnitCosts = {
  deliverySeconds: 0.581e-6,
  writeSeconds: 12.8e-6,
  frameSeconds: 14.4e-6,
  fetchCores: 0.05,
  recordBytes: record,
  windowFrameBytes: 1_600,
  connectionBytes: 6_110,
  baseBytes: 135e6,
  leaseSeconds: 15.6e-6,
  leaseWriteSeconds: 59e-6,
};

/** Taken from the code itself. */
export const bounds: Bounds = {
  windowFrames: WINDOW_FRAMES,
  windowSeconds: WINDOW_MS / 1_000,
  windowBytes: 256 * 1_048_576,
  upgradesPerSecond: ADMITTED_PER_SECOND,
  leaseEverySeconds: RENEW_LEASE_MS / 1_000,
};

/** Wished: a million viewers, the largest room with a fifth of them. Nobody has measured this crowd. */
const calm: Demand = {
  viewers: 1_000_000,
  largestRoom: 200_000,
  exponent: 1.2,
  secondsBetweenMessages: 300,
  mostFramesPerSecond: 50,
};

/** The same crowd, and one in which everybody says ten times as much. */
export const demands: Readonly<Record<string, Demand>> = {
  calm,
  excited: { ...calm, secondsBetweenMessages: 30 },
};

/** Chosen: what a gateway may be filled to. */
export const limits: Limits = {
  processor: 0.7,
  roundSeconds: 0.25,
  memoryBytes: 1e9,
  returnSeconds: 60,
  // One link of 10 Gbit/s at seven tenths.
  egressBytesPerSecond: 0.875e9,
};
