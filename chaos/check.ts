import type { Product } from '../e2e/support/product.ts';
import { until } from '../e2e/support/until.ts';
import { refundId } from '../services/ledger/refund.ts';
import { groupOnBroker, groups } from '../shared/groups.ts';
import { bytesToUuid } from '../shared/ids.ts';
import type { Kafka } from '../shared/kafka.ts';
import { connectKafka } from '../shared/kafka-client.ts';
import { createLogger } from '../shared/logger.ts';
import type { History } from './load.ts';

/** What does not hold, a line each, with the ids concerned; empty when all holds. */
export type Violations = string[];

interface TransferRow extends Record<string, unknown> {
  id: Buffer;
  state: string;
  sum: string;
  postings: string;
  amounts: string | null;
}

const ids = (list: readonly string[]) =>
  list.slice(0, 5).join(' ') + (list.length > 5 ? ` … ${list.length} in all` : '');

/**
 * Waits until every accepted donation has ended, the outboxes are empty and no group lags; tells what still moves after
 * `timeoutMs`.
 */
export async function untilQuiet(product: Product, history: History, timeoutMs: number): Promise<Violations> {
  const accepted = history.attempts.filter((attempt) => attempt.id !== null).length;
  const kafka = connectKafka({
    brokers: (process.env['KAFKA_BROKERS'] ?? '').split(','),
    clientId: 'chaos-check',
    namespace: product.namespace,
    log: createLogger('chaos-check', 'silent'),
  });
  let moving: Violations = [];
  try {
    await until(
      'the fleet is quiet',
      async () => {
        moving = [...(await unfinished(product, accepted)), ...(await lagging(kafka, product.namespace))];
        return moving.length === 0;
      },
      timeoutMs,
    );
  } catch {
    return moving.map((text) => `I10 ${text}`);
  } finally {
    await kafka.close();
  }
  return [];
}

async function unfinished(product: Product, accepted: number): Promise<Violations> {
  const count = async (database: Product['rooms'], from: string) =>
    Number((await database.select<{ n: string }>(`SELECT COUNT(*) AS n FROM ${from}`))[0]?.n);
  const booked = await count(product.ledger, "transfers WHERE kind = 'donation'");
  const ended = await count(product.rooms, "donations WHERE status IN ('settled', 'rejected', 'refunded')");
  const waiting = (await count(product.ledger, 'outbox')) + (await count(product.rooms, 'outbox'));
  return [
    ...(booked < accepted ? [`${accepted - booked} donations are not booked`] : []),
    ...(ended < accepted ? [`${accepted - ended} donations are neither settled nor rejected`] : []),
    ...(waiting > 0 ? [`${waiting} events wait in an outbox`] : []),
  ];
}

async function lagging(kafka: Kafka, namespace: string): Promise<Violations> {
  const lags = await Promise.all(
    Object.entries(groups).map(
      async ([name, { topics }]) => [name, await kafka.lag(groupOnBroker(namespace, name), topics)] as const,
    ),
  );
  return lags.filter(([, lag]) => lag > 0n).map(([name, lag]) => `${name} lags by ${lag}`);
}

/** States I1–I6, I8 and I12 of the donations that a load has sent. */
export async function checkDonations(product: Product, history: History): Promise<Violations> {
  const transfers = await product.ledger.select<TransferRow>(
    'SELECT t.id, t.state, t.sum, COUNT(p.transfer_id) AS postings, SUM(p.amount) AS amounts FROM transfers t ' +
      "LEFT JOIN postings p ON p.transfer_id = t.id WHERE t.kind = 'donation' GROUP BY t.id, t.state, t.sum",
  );
  const byId = new Map(transfers.map((row) => [bytesToUuid(row.id), row]));
  return [
    ...checkTransfers(history, byId),
    ...(await checkRefunds(product)),
    ...(await checkBalances(product, history)),
    ...(await checkTotals(product)),
    ...checkFrames(history, byId),
  ];
}

function checkTransfers(history: History, byId: ReadonlyMap<string, TransferRow>): Violations {
  const accepted = history.attempts.flatMap((attempt) => (attempt.id ? [attempt.id] : []));
  const missing = accepted.filter((id) => !byId.has(id));
  const wrongPostings = [...byId].filter(
    ([, row]) => Number(row.postings) !== (row.state === 'settled' ? 2 : 0) || Number(row.amounts ?? 0) !== 0,
  );
  const violations: Violations = [];
  if (missing.length > 0) violations.push(`I1 accepted but without a terminal state: ${ids(missing)}`);
  if (wrongPostings.length > 0) violations.push(`I1 wrong postings: ${ids(wrongPostings.map(([id]) => id))}`);
  if (new Set(accepted).size !== history.attempts.length)
    violations.push('I1 two donations share an id, or one was never accepted');
  const sums = new Map(history.attempts.map((attempt) => [attempt.id, attempt.sum]));
  const wrongSums = [...byId].filter(([id, row]) => sums.has(id) && BigInt(row.sum) !== sums.get(id));
  if (wrongSums.length > 0) violations.push(`I1 another sum was booked: ${ids(wrongSums.map(([id]) => id))}`);
  return violations;
}

/** A refund is one transfer of its donation's sum, the other way round, with two postings of its own. */
async function checkRefunds(product: Product): Promise<Violations> {
  const refunds = await product.ledger.select<{ id: Buffer; postings: string; amounts: string | null; sum: string }>(
    'SELECT t.id, t.sum, COUNT(p.transfer_id) AS postings, SUM(p.amount) AS amounts FROM transfers t ' +
      "LEFT JOIN postings p ON p.transfer_id = t.id WHERE t.kind = 'refund' GROUP BY t.id, t.sum",
  );
  const gifts = await product.ledger.select<{ id: Buffer; sum: string }>(
    "SELECT id, sum FROM transfers WHERE kind = 'donation' AND state = 'settled'",
  );
  const sumOf = new Map(gifts.map((row) => [refundId(bytesToUuid(row.id)), row.sum]));
  const wrong = refunds.filter(
    (row) => Number(row.postings) !== 2 || row.amounts !== '0' || sumOf.get(bytesToUuid(row.id)) !== row.sum,
  );
  return wrong.length > 0 ? [`I1 wrong refunds: ${ids(wrong.map((row) => bytesToUuid(row.id)))}`] : [];
}

async function checkBalances(product: Product, history: History): Promise<Violations> {
  const violations: Violations = [];
  const [all] = await product.ledger.select<{ total: string }>(
    'SELECT COALESCE(SUM(amount), 0) AS total FROM postings',
  );
  if (BigInt(all?.total ?? 0) !== 0n) violations.push(`I2 the postings sum to ${all?.total}`);
  const [held] = await product.ledger.select<{ total: string }>(
    'SELECT COALESCE(SUM(balance), 0) AS total FROM accounts',
  );
  if (BigInt(held?.total ?? 0) !== history.deposited)
    violations.push(`I2 balances sum to ${held?.total}, deposited were ${history.deposited}`);
  const wrong = await product.ledger.select<{ id: Buffer }>(
    'SELECT a.id FROM accounts a LEFT JOIN (SELECT account_id, SUM(amount) AS total FROM postings GROUP BY account_id) p ' +
      'ON p.account_id = a.id WHERE a.balance <> COALESCE(p.total, 0) OR a.balance < 0',
  );
  if (wrong.length > 0)
    violations.push(`I3 balance differs from its postings: ${ids(wrong.map((row) => bytesToUuid(row.id)))}`);
  return violations;
}

/** Donations that settled and did not go back, contributions and totals agree, and the sponsor is the one with the highest total. */
async function checkTotals(product: Product): Promise<Violations> {
  const violations: Violations = [];
  const [sums] = await product.rooms.select<{ settled: string; contributed: string; totals: string }>(
    "SELECT (SELECT COALESCE(SUM(sum), 0) FROM donations WHERE status = 'settled') AS settled, " +
      '(SELECT COALESCE(SUM(sum), 0) FROM donor_contributions WHERE refunded_at IS NULL) AS contributed, ' +
      '(SELECT COALESCE(SUM(total), 0) FROM donor_totals) AS totals',
  );
  if (sums?.settled !== sums?.contributed || sums?.settled !== sums?.totals) {
    violations.push(`I6 settled ${sums?.settled}, contributions ${sums?.contributed}, totals ${sums?.totals}`);
  }
  const [credited] = await product.ledger.select<{ total: string }>(
    "SELECT COALESCE(SUM(IF(kind = 'refund', -sum, sum)), 0) AS total FROM transfers " +
      "WHERE kind IN ('donation', 'refund') AND state = 'settled'",
  );
  if (credited?.total !== sums?.settled)
    violations.push(`I5 the ledger settled and kept ${credited?.total}, the rooms ${sums?.settled}`);
  const wrong = await product.rooms.select<{ user_id: Buffer }>(
    'SELECT s.user_id FROM sponsor_tops s ' +
      'LEFT JOIN donor_totals held ON held.user_id = s.user_id AND held.client_id = s.client_id ' +
      'JOIN (SELECT user_id, MAX(total) AS most FROM donor_totals GROUP BY user_id) t ON t.user_id = s.user_id ' +
      'WHERE COALESCE(held.total, 0) <> t.most',
  );
  if (wrong.length > 0) violations.push(`I6 not the top donor: ${ids(wrong.map((row) => bytesToUuid(row.user_id)))}`);
  return violations;
}

/** A watcher has seen exactly the settled donations of its room, each once. */
function checkFrames(history: History, byId: ReadonlyMap<string, TransferRow>): Violations {
  const violations: Violations = [];
  for (const [owner, watcher] of history.watchers) {
    const settled = history.attempts.flatMap(({ id, owner: of }) =>
      of === owner && id && byId.get(id)?.state === 'settled' ? [id] : [],
    );
    const shown = watcher.order.filter((id) => watcher.seen.get(id)?.['type'] === 'donate');
    const missing = settled.filter((id) => !watcher.seen.has(id));
    const unpaid = shown.filter((id) => byId.get(id)?.state !== 'settled');
    if (missing.length > 0) violations.push(`I8 room ${owner} was not shown ${ids(missing)}`);
    if (unpaid.length > 0) violations.push(`I5 room ${owner} was shown without money ${ids(unpaid)}`);
  }
  return violations;
}
