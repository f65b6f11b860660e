import type { FleetProcess } from '../../scripts/fleet.ts';
import type { Stand } from '../fault.ts';
import { holdingsOf, quantile } from '../measure.ts';
import { disperse, gather, type Member } from './crowd.ts';
import { sumOfMetric } from './servers.ts';
import { openRoom, Talker } from './talker.ts';

const SOCKETS = 1_000;
const SLOW = 100;
/** Of the others, those whose frames are timed; the rest only reads. */
const TIMED = 50;
const BASELINE_MS = 20_000;
/**
 * They do not read pings either, so that the heartbeat ends those for whom too little is said to fill what the kernel
 * holds for a socket (4 MB) and our own limit after it; where more is said, 4408 comes first.
 */
const CUT_WITHIN_MS = 90_000;
const TALK_EVERY_MS = 40;
const CHARACTERS = 500;
const CONNECTIONS = 'rostra_ws_connections ';
const CUTS = 'rostra_ws_closes_total{code="4408"}';
const MEMORY_GROWTH_MIB = 64;
/** reliability.md wants 1.1; on a machine that others use as well only much more than that says something. */
const MOST_RATIO = 2;
const LAST_FRAMES_MS = 2_000;

/** A hundred of a thousand read no more: they are cut, and nobody else feels it, nor the gateway's memory. */
export async function slowReaders(stand: Stand): Promise<void> {
  const [gateway] = stand.processes('ws-gateway');
  if (!gateway) throw new Error('there is no gateway');
  const room = await openRoom(stand);
  const arrivals: { id: string; atMs: number }[] = [];
  // Past the proxy, if there is one, which would hold as much again as the kernel.
  const gatewayUrls = [`ws://127.0.0.1:${gateway.port}`];
  const members = await gather(stand, {
    ...{ room, size: SOCKETS - SLOW, gatewayUrls },
    onFrameOf: (at) => (at < TIMED ? (id) => void arrivals.push({ id, atMs: performance.now() }) : null),
  });
  const slow: Member[] = [];
  const talker = new Talker(stand, { room, everyMs: TALK_EVERY_MS, characters: CHARACTERS });
  try {
    await stand.pause(BASELINE_MS);
    const fromMs = performance.now();
    // They come only now: the kernel gives a socket that was read fast up to 32 MB, which two minutes of talk do not fill.
    slow.push(...(await gather(stand, { room, size: SLOW, gatewayUrls, onFrameOf: () => null, returns: false })));
    await expectCuts(stand, gateway, slow);
    const untilMs = performance.now();
    await talker.stop();
    await stand.pause(LAST_FRAMES_MS);
    const before = latencies(talker, arrivals, 0, fromMs);
    const during = latencies(talker, arrivals, fromMs, untilMs);
    const ratio = quantile(during, 0.99) / quantile(before, 0.99);
    stand.say(
      `  the others' p99 was ${Math.round(quantile(before, 0.99))} ms before and ${Math.round(quantile(during, 0.99))} ms meanwhile, ${ratio.toFixed(2)} times as much (p50 ${Math.round(quantile(before, 0.5))} and ${Math.round(quantile(during, 0.5))} ms)`,
    );
    if (!(ratio <= MOST_RATIO)) stand.violated(`row 36: the others' p99 became ${ratio.toFixed(2)} times as much`);
    const lost = members.filter(({ lostAtMs }) => lostAtMs > 0).length;
    if (lost > 0) stand.violated(`row 36: ${lost} sockets that were read lost their connection`);
  } finally {
    await talker.stop();
    await disperse([...members, ...slow]);
  }
}

async function expectCuts(stand: Stand, gateway: FleetProcess, slow: readonly Member[]): Promise<void> {
  const cutsBefore = await sumOfMetric([gateway], CUTS);
  const before = await sumOfMetric([gateway], CONNECTIONS);
  const memoryBefore = memoryOf(gateway);
  const { back } = stand.injected(`${slow.length} sockets read no more`);
  for (const member of slow) member.stopReading();
  const fromMs = performance.now();
  let most = memoryBefore;
  let gone = 0;
  while (gone < slow.length && performance.now() < fromMs + CUT_WITHIN_MS) {
    await stand.pause(500);
    most = Math.max(most, memoryOf(gateway));
    gone = before - (await sumOfMetric([gateway], CONNECTIONS));
  }
  back();
  const seconds = Math.round((performance.now() - fromMs) / 1_000);
  stand.say(
    `  ${gone} of ${slow.length} were cut in ${seconds} s, ${(await sumOfMetric([gateway], CUTS)) - cutsBefore} of them with 4408; the gateway held ${memoryBefore} MiB and ${most} MiB at most`,
  );
  if (gone !== slow.length) stand.violated(`row 36: ${gone} sockets were cut, not ${slow.length}`);
  if (most - memoryBefore > MEMORY_GROWTH_MIB)
    stand.violated(`row 36: the gateway grew from ${memoryBefore} to ${most} MiB`);
}

const memoryOf = (process: FleetProcess) => holdingsOf([process])[0]?.memoryMiB ?? 0;

/** Milliseconds from said to shown, of what was said in this time. */
function latencies(
  { said }: Talker,
  arrivals: readonly { id: string; atMs: number }[],
  fromMs: number,
  untilMs: number,
): number[] {
  const saidAtMs = new Map(said.map(({ id, dueAtMs }) => [id, dueAtMs]));
  return arrivals.flatMap(({ id, atMs }) => {
    const at = saidAtMs.get(id);
    return at !== undefined && at >= fromMs && at < untilMs ? [atMs - at] : [];
  });
}
