/**
 * `node bench/simulate.ts`: what a million viewers would ask of how many gateways and shards, reckoned from measured
 * costs of single pieces of work. Deterministic, and measures nothing itself; docs/scale.md explains it.
 */
import { bounds, demands, limits, measured } from './simulate/inputs.ts';
import { type Demand, makeRooms, predict, type Prediction } from './simulate/scale.ts';
import { show } from './support/numbers.ts';

const GATEWAYS = [1, 10, 100];
const SHARDS = [1, 4, 16, 64];
const HEAD = [
  ...[
    'gateways',
    'shards',
    'reading',
    'all, large writes',
    'all, a write each',
    'round',
    'memory',
    'all back',
    'Kafka',
  ],
  'first limit',
];

console.log(
  `A gateway that only reads is full at ${show((limits.processor - measured.fetchCores) / measured.frameSeconds)} frames/s ` +
    `of ${measured.recordBytes} bytes.`,
);
for (const [name, demand] of Object.entries(demands)) printDemand(name, demand);

function printDemand(name: string, demand: Demand): void {
  const rooms = makeRooms(demand, 1);
  const frames = rooms.reduce((sum, { framesPerSecond }) => sum + framesPerSecond, 0);
  const deliveries = rooms.reduce((sum, { framesPerSecond, viewers }) => sum + framesPerSecond * viewers, 0);
  const leases = demand.viewers / bounds.leaseEverySeconds;
  console.log(
    `\n${name}: ${show(demand.viewers)} viewers in ${show(rooms.length)} rooms, the largest with ` +
      `${show(demand.largestRoom)}; ${show(frames)} frames/s, ${show(deliveries)} deliveries/s; ` +
      `${show(leases)} leases/s, ${show(leases * measured.leaseSeconds)} cores of Redis\n`,
  );
  console.log(`| ${HEAD.join(' | ')} |\n|${HEAD.map(() => '---').join('|')}|`);
  for (const gateways of GATEWAYS) {
    for (const shards of SHARDS) {
      const one = predict({ gateways, shards }, makeRooms(demand, shards), { costs: measured, bounds, limits });
      console.log(`| ${cellsOf(one).join(' | ')} |`);
    }
  }
}

function cellsOf(one: Prediction): string[] {
  return [
    ...[String(one.layout.gateways), String(one.layout.shards)],
    ...[one.readingCores, one.leastCores, one.mostCores].map((cores) => show(cores)),
    `${show(one.roundSeconds)} s`,
    `${show(one.memoryBytes / 1e6)} MB`,
    `${show(one.returnSeconds)} s`,
    `${show(one.egressBytesPerSecond / 1e6)} MB/s`,
    `${one.first} ${show(one.use[one.first])}`,
  ];
}
