import { partitionOf } from '../../shared/partition.ts';
import { assignGateways } from './assign.ts';

/** What a unit of work costs, as measured on the real code; docs/scale.md says in which run. */
export interface UnitCosts {
  /** A gateway's processor seconds for a delivery that shares its write with many others: the least it can cost. */
  readonly deliverySeconds: number;
  /** … and for one that is a write of its own: the most. */
  readonly writeSeconds: number;
  /** A gateway's processor seconds for a frame that it reads, whether it holds anybody of the room or not. */
  readonly frameSeconds: number;
  /** A gateway's cores for asking Kafka again and again while frames come all the time, however few. */
  readonly fetchCores: number;
  /** A frame on the log: key, headers and value. */
  readonly recordBytes: number;
  /** A frame in a window, with what is kept beside it. */
  readonly windowFrameBytes: number;
  readonly connectionBytes: number;
  /** A gateway before anybody came. */
  readonly baseBytes: number;
  /** Redis's processor seconds for a lease. */
  readonly leaseSeconds: number;
  /** A gateway's for the same. */
  readonly leaseWriteSeconds: number;
}

/** Bounds that stand in the code. */
export interface Bounds {
  readonly windowFrames: number;
  readonly windowSeconds: number;
  readonly windowBytes: number;
  readonly upgradesPerSecond: number;
  readonly leaseEverySeconds: number;
}

/** Who watches, and what is said. Wished or guessed, not measured. */
export interface Demand {
  readonly viewers: number;
  readonly largestRoom: number;
  /** The room of rank n has `largestRoom / n ** exponent` viewers (Zipf). */
  readonly exponent: number;
  /** A viewer writes once in so many seconds … */
  readonly secondsBetweenMessages: number;
  /** … but no room shows more than this. */
  readonly mostFramesPerSecond: number;
}

/** What a gateway, a broker and a viewer may be asked to bear. */
export interface Limits {
  readonly processor: number;
  readonly roundSeconds: number;
  readonly memoryBytes: number;
  readonly returnSeconds: number;
  readonly egressBytesPerSecond: number;
}

export interface Layout {
  readonly gateways: number;
  readonly shards: number;
}

export interface Room {
  readonly viewers: number;
  readonly framesPerSecond: number;
  readonly shard: number;
}

interface Shard {
  readonly rooms: readonly Room[];
  readonly viewers: number;
  readonly framesPerSecond: number;
  readonly deliveriesPerSecond: number;
}

/** How far each limit is used up by the gateway that uses it most; 1 = all of it. */
export type Use = Readonly<Record<LimitName, number>>;
export type LimitName = 'processor' | 'round' | 'memory' | 'return' | 'egress';

export interface Prediction {
  readonly layout: Layout;
  /** Of the hottest gateway: cores for reading frames, and with leases and deliveries in large writes, or one write each. */
  readonly readingCores: number;
  readonly leastCores: number;
  readonly mostCores: number;
  /** One frame of its largest room to all of that room's viewers on it. */
  readonly roundSeconds: number;
  readonly memoryBytes: number;
  /** Until all of its viewers are back after it, or all of them, were gone. */
  readonly returnSeconds: number;
  /** What all gateways together fetch from Kafka. */
  readonly egressBytesPerSecond: number;
  readonly use: Use;
  /** The limit that is used up most. */
  readonly first: LimitName;
}

/** Rooms by rank until all viewers have one; the last room takes whoever is left. */
export function makeRooms(demand: Demand, shards: number): Room[] {
  const rooms: Room[] = [];
  for (let left = demand.viewers, rank = 1; left > 0; rank++) {
    const viewers = Math.min(left, Math.max(1, Math.floor(demand.largestRoom / rank ** demand.exponent)));
    const framesPerSecond = Math.min(demand.mostFramesPerSecond, viewers / demand.secondsBetweenMessages);
    // The partitioner's own hash, so that large rooms meet in a shard as they would.
    rooms.push({ viewers, framesPerSecond, shard: partitionOf(`room-${rank}`, shards) });
    left -= viewers;
  }
  return rooms;
}

/** @param rooms placed on as many shards as the layout has */
export function predict(
  layout: Layout,
  rooms: readonly Room[],
  { costs, bounds, limits }: { readonly costs: UnitCosts; readonly bounds: Bounds; readonly limits: Limits },
): Prediction {
  const shards = gatherShards(rooms, layout.shards);
  const loads = shards.map((shard) => gatewaysFor(shard, costs, bounds, limits));
  const all = assignGateways(loads, layout.gateways).map((parts) => {
    const sum = (pick: (shard: Shard, share: number) => number) =>
      parts.reduce((total, { shard, share }) => total + pick(shards[shard] ?? emptyShard, share), 0);
    const frames = sum((shard) => shard.framesPerSecond);
    const reading = (frames > 0 ? costs.fetchCores : 0) + frames * costs.frameSeconds;
    const deliveries = sum((shard, share) => shard.deliveriesPerSecond * share);
    const viewers = sum((shard, share) => shard.viewers * share);
    const standing = reading + (viewers / bounds.leaseEverySeconds) * costs.leaseWriteSeconds;
    const held = Math.max(0, ...parts.map(({ shard, share }) => largestOf(shards[shard] ?? emptyShard) * share));
    const windows = Math.min(bounds.windowBytes, sum((shard) => windowFrames(shard, bounds)) * costs.windowFrameBytes);
    return {
      readingCores: reading,
      leastCores: standing + deliveries * costs.deliverySeconds,
      mostCores: standing + deliveries * costs.writeSeconds,
      roundSeconds: held * costs.writeSeconds,
      memoryBytes: costs.baseBytes + viewers * costs.connectionBytes + windows,
      returnSeconds: viewers / bounds.upgradesPerSecond,
      egress: frames * costs.recordBytes,
    };
  });
  const worst = (pick: (one: (typeof all)[number]) => number) =>
    all.reduce((most, one) => Math.max(most, pick(one)), 0);
  const figures = {
    ...{ readingCores: worst((one) => one.readingCores), leastCores: worst((one) => one.leastCores) },
    ...{ mostCores: worst((one) => one.mostCores), roundSeconds: worst((one) => one.roundSeconds) },
    ...{ memoryBytes: worst((one) => one.memoryBytes), returnSeconds: worst((one) => one.returnSeconds) },
    egressBytesPerSecond: all.reduce((sum, { egress }) => sum + egress, 0),
  };
  const use = useOf(figures, limits);
  return { layout, ...figures, use, first: firstOf(use) };
}

type Figures = Pick<
  Prediction,
  'leastCores' | 'roundSeconds' | 'memoryBytes' | 'returnSeconds' | 'egressBytesPerSecond'
>;

function useOf(figures: Figures, limits: Limits): Use {
  return {
    // A busy gateway puts more into each write, down to the least; past that it falls behind for good.
    processor: figures.leastCores / limits.processor,
    round: figures.roundSeconds / limits.roundSeconds,
    memory: figures.memoryBytes / limits.memoryBytes,
    return: figures.returnSeconds / limits.returnSeconds,
    egress: figures.egressBytesPerSecond / limits.egressBytesPerSecond,
  };
}

function firstOf(use: Use): LimitName {
  const names: readonly LimitName[] = ['processor', 'round', 'memory', 'return', 'egress'];
  return names.reduce((first, name) => (use[name] > use[first] ? name : first));
}

/** How many gateways a shard would fill, by the limit that fills them first. */
function gatewaysFor(shard: Shard, costs: UnitCosts, bounds: Bounds, limits: Limits): number {
  return Math.max(
    (shard.framesPerSecond * costs.frameSeconds + shard.deliveriesPerSecond * costs.deliverySeconds) / limits.processor,
    (largestOf(shard) * costs.writeSeconds) / limits.roundSeconds,
    shard.viewers / bounds.upgradesPerSecond / limits.returnSeconds,
  );
}

const emptyShard: Shard = { rooms: [], viewers: 0, framesPerSecond: 0, deliveriesPerSecond: 0 };

function gatherShards(rooms: readonly Room[], count: number): Shard[] {
  const byShard = Map.groupBy(rooms, ({ shard }) => shard);
  return Array.from({ length: count }, (_, at) => {
    const own = byShard.get(at) ?? [];
    const sum = (pick: (room: Room) => number) => own.reduce((total, room) => total + pick(room), 0);
    return {
      rooms: own,
      viewers: sum((room) => room.viewers),
      framesPerSecond: sum((room) => room.framesPerSecond),
      deliveriesPerSecond: sum((room) => room.framesPerSecond * room.viewers),
    };
  });
}

const largestOf = ({ rooms }: Shard) => rooms.reduce((most, { viewers }) => Math.max(most, viewers), 0);

function windowFrames({ rooms }: Shard, { windowFrames: most, windowSeconds }: Bounds): number {
  return rooms.reduce((sum, { framesPerSecond }) => sum + Math.min(most, framesPerSecond * windowSeconds), 0);
}
