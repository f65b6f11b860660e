import { setTimeout as pause } from 'node:timers/promises';
import type { Product } from '../e2e/support/product.ts';
import type { Visitor } from '../e2e/support/visitor.ts';
import { bytesToUuid } from '../shared/ids.ts';
import type { History } from './load.ts';

const MAXIMUM_SENDS = 60;
const MAXIMUM_LOOKS = 300;

/**
 * Gives back `number` donations, one after the other, while a load of them runs: each any that has settled by then. A
 * call without an answer, or with a 503, is made again until it is answered.
 * @returns the donations whose refund was confirmed
 */
export async function driveRefunds(product: Product, number: number, everyMs: number): Promise<readonly string[]> {
  const operator = product.visitor({ scope: 'money:refund' });
  const refunded = new Set<string>();
  for (let looks = 0, made = 0; made < number && looks < MAXIMUM_LOOKS; looks++) {
    await pause(everyMs);
    const [row] = await product.ledger.select<{ id: Buffer }>(
      "SELECT id FROM transfers WHERE kind = 'donation' AND state = 'settled' ORDER BY RAND() LIMIT 1",
    );
    if (!row) continue;
    made++;
    await refundUntilAnswered(operator, bytesToUuid(row.id));
    refunded.add(bytesToUuid(row.id));
  }
  return [...refunded];
}

async function refundUntilAnswered(operator: Visitor, donateId: string): Promise<void> {
  for (let sends = 0; sends < MAXIMUM_SENDS; sends++) {
    const answer = await operator.post('/account/refund', { donate_id: donateId }).catch(() => null);
    if (answer?.status === 200) return;
    if (answer && answer.status !== 503) throw new Error(`refund answered ${answer.status}`);
    await pause(500);
  }
  throw new Error(`the refund of ${donateId} was never confirmed`);
}

/** Confirmed refunds, those that the rooms know of, and those that were shown, each after its donation, are the same. */
export async function checkRefunds(product: Product, history: History, refunded: readonly string[]): Promise<string[]> {
  const rows = await product.rooms.select<{ id: Buffer }>("SELECT id FROM donations WHERE status = 'refunded'");
  const shown: string[] = [];
  const violations: string[] = [];
  for (const { order, seen } of history.watchers.values()) {
    for (const [at, id] of order.entries()) {
      const frame = seen.get(id);
      if (frame?.['type'] !== 'donate_refunded') continue;
      const donateId = String(frame['donate_id']);
      shown.push(donateId);
      if (!order.slice(0, at).includes(donateId)) violations.push(`I7 the refund of ${donateId} was shown before it`);
    }
  }
  const expected = [...refunded].sort().join();
  if (
    rows
      .map((row) => bytesToUuid(row.id))
      .sort()
      .join() !== expected
  )
    violations.push('I1 the rooms know other refunds');
  if (shown.sort().join() !== expected) violations.push('I8 other refunds were shown than were made');
  return violations;
}
