import { setTimeout as sleep } from 'node:timers/promises';
import type { FleetProcess } from '../../scripts/fleet.ts';
import type { Database, Row } from '../../shared/database.ts';
import { header } from '../../shared/event.ts';
import type { Fault, Stand } from '../fault.ts';
import { holdUpOutbox } from './backlog.ts';
import { writeFutureEvents } from './future-events.ts';
import { poisonTopics } from './poison.ts';
import { suspend, untilReady } from './processes.ts';
import { endsOf, EVENT_TOPICS, recordsFrom, repeatsIn } from './records.ts';
import { replayAll } from './replay.ts';

/** Faults of the log: what is in it twice, late, out of turn, or no event at all. */

const CRASHING_MS = 20_000;
/** Of a relay, each time it has sent a batch. */
const CRASH_PLAN = { CRASH_AT: 'relay-after-ack:0.05' };
/** Shorter than the supervisor's first pause, so that the next start is ours. */
const POLL_MS = 20;

/** Relays die between the broker's word and the deletion of the rows: the next one sends them again, under their ids. */
async function killRelaysAfterAck(stand: Stand): Promise<void> {
  const hosts = stand.processes('services', 'save', 'transfer-money', 'sponsor', 'goal');
  const before = new Map(
    await Promise.all(EVENT_TOPICS.map(async (topic) => [topic, await endsOf(stand, topic)] as const)),
  );
  const crashesBefore = stand.countLines('crash point relay-after-ack');
  const ending = new AbortController();
  const dying: Promise<void>[] = [];
  try {
    for (const host of hosts) {
      dying.push(dieAgainAndAgain(stand, host, ending.signal));
      await untilReady(stand, host);
    }
    await stand.pause(CRASHING_MS);
  } finally {
    ending.abort();
    await Promise.all(dying);
    for (const host of hosts) {
      await host.stop();
      host.start();
      await untilReady(stand, host);
    }
  }
  const crashes = stand.countLines('crash point relay-after-ack') - crashesBefore;
  let twice = 0;
  for (const topic of EVENT_TOPICS) {
    const records = await recordsFrom(stand, topic, before.get(topic));
    // What comes from an outbox names a context or a group; the ingress and the gateway write by themselves.
    twice += repeatsIn(records.filter(({ headers }) => headers[header.source]?.startsWith('rostra/')));
  }
  stand.say(`  ${crashes} relays died after the acknowledgement, ${twice} events are in the log again`);
  if (crashes === 0 || twice === 0) stand.violated('row 7: no event was sent again, so that nothing was shown');
}

/** Each start is with the plan: the supervisor's would be without it. */
async function dieAgainAndAgain(stand: Stand, host: FleetProcess, signal: AbortSignal): Promise<void> {
  await host.stop();
  host.start(CRASH_PLAN);
  for (let { crashes } = host; !signal.aborted; await sleep(POLL_MS)) {
    if (host.crashes === crashes) continue;
    crashes = host.crashes;
    stand.injected(`crash of the relay in ${host.name}.${host.instance + 1}`);
    host.start(CRASH_PLAN);
  }
}

const SUSPENDED_MS = 60_000;
/** Shortly before they go on, when nothing has been caught up yet. */
const COUNTED_MS = 58_000;

/**
 * Nobody saves what the rooms show for a minute, while money moves and is given back: whoever else hears of a donation
 * hears that it was paid, or refunded, before it is saved. That the events themselves may come in the order MoneyRefunded,
 * ReceiveMoney, AddNewDonate, which the log does not do to one group, is held by "end alike whichever event comes first"
 * (services/rooms/save.int.test.ts) and "before its settlement arrives is never shown, nor is its comment", "that a refund
 * overtook is never crowned" and "never counts a donation whose refund came first" (services/rooms/refunds.int.test.ts).
 */
async function suspendSave(stand: Stand): Promise<void> {
  const before = await unsaved(stand);
  const counting = stand.pause(COUNTED_MS).then(() => unsaved(stand));
  const [after] = await Promise.all([
    counting,
    ...stand.processes('save').map((one) => suspend(stand, one, SUSPENDED_MS)),
  ]);
  const [donations, refunds] = [after.donations - before.donations, after.refunds - before.refunds];
  stand.say(`  ${donations} donations were booked, and ${refunds} given back, before they were saved`);
  if (donations <= 0 || refunds <= 0)
    stand.violated('row 31: nothing came before it was saved, so that nothing was shown');
}

/** How many donations and refunds the ledger has booked that the rooms do not know of. */
async function unsaved({ product }: Stand): Promise<{ donations: number; refunds: number }> {
  const count = async (database: Database, sql: string) =>
    Number((await database.select<Row & { number: string | number }>(sql))[0]?.number ?? 0);
  const [booked, returned, saved, marked] = await Promise.all([
    count(product.ledger, "SELECT COUNT(*) AS number FROM transfers WHERE kind = 'donation'"),
    count(product.ledger, "SELECT COUNT(*) AS number FROM transfers WHERE kind = 'refund'"),
    count(product.rooms, "SELECT COUNT(*) AS number FROM donations WHERE status <> 'pending'"),
    count(product.rooms, "SELECT COUNT(*) AS number FROM donations WHERE status = 'refunded'"),
  ]);
  return { donations: booked - saved, refunds: returned - marked };
}

const fault = (row: string, name: string, title: string, seconds: number, inject: Fault['inject']): Fault => ({
  ...{ row, name, title, needs: [], seconds, inject },
});

export const logFaults: readonly Fault[] = [
  fault('7', 'kill-relays', 'Relays killed between the acknowledgement and the deletion', 60, killRelaysAfterAck),
  fault('30', 'replay', 'The newest events ten times more, shuffled across keys', 120, replayAll),
  fault('31', 'save-late', 'Nobody saves for 60 s while money moves and is given back', 80, suspendSave),
  fault('32', 'poison', 'Records that are no events in every topic', 60, poisonTopics),
  fault('42', 'backlog', 'The outbox grows by 100,000 while nobody relays', 180, holdUpOutbox),
  fault('43', 'future-events', 'Events with fields that this version does not know', 20, writeFutureEvents),
];
