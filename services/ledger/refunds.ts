import { formatAmount } from '../../shared/amount.ts';
import { isCheckViolation, type Transaction } from '../../shared/database.ts';
import { keyReused, notFound, readId } from '../../shared/endpoint.ts';
import { invariant } from '../../shared/errors.ts';
import { encodeEvent } from '../../shared/event.ts';
import { derivedId } from '../../shared/ids.ts';
import { insertOutbox } from '../../shared/outbox.ts';
import type { ServiceOptions } from '../../shared/service.ts';
import { decideRefund, refundId } from './refund.ts';
import { insufficientBalance, isKeyGuarded } from './refusals.ts';
import type { Booked, RefundRequest } from './questions.ts';
import { lockAccounts } from './tables/accounts.ts';
import { type BookedRefund, findDonation, findRefunds, insertBooking } from './tables/transfers.ts';

/**
 * Gives a settled donation back, once, in one transaction with its event: lock both accounts, recognise a repeat,
 * decide, write.
 */
export async function refund(options: ServiceOptions, request: RefundRequest): Promise<Booked> {
  readId('/request_id', request.request_id);
  readId('/donate_id', request.donate_id);
  try {
    const booked = await options.database.transaction((tx) => refundIn(tx, options, request));
    if (!booked.repeated) options.committed();
    return booked;
  } catch (error) {
    if (isCheckViolation(error)) throw insufficientBalance();
    throw error;
  }
}

async function refundIn(tx: Transaction, options: ServiceOptions, request: RefundRequest): Promise<Booked> {
  const { donate_id: donateId, request_id: requestId } = request;
  const found = await findDonation(tx, donateId);
  if (!found?.isSettled) throw notFound();
  const { donate, sum } = found;
  const accounts = await lockAccounts(tx, [donate.from.uuid, donate.owner_id], new Map());
  const now = options.clock.now();
  // Looked up under the locks: of calls that run at once, all but the first find it here.
  const stored = repeated(await findRefunds(tx, refundId(donateId), requestId), refundId(donateId), now);
  if (stored) return toBooked(stored, true);
  const [donor, owner] = [accounts.get(donate.from.uuid), accounts.get(donate.owner_id)];
  invariant(donor && owner, 'a settled donation has both its accounts');
  const decision = decideRefund({ donor, owner }, { donate, sum, requestId }, now.toISOString());
  if (!decision) throw insufficientBalance();
  await insertBooking(tx, decision.booking, now);
  const eventId = derivedId(donateId, 'MoneyRefunded');
  const told = { id: eventId, name: 'MoneyRefunded', payload: decision.event } as const;
  await insertOutbox(tx, [{ eventId, record: encodeEvent({ ...told, source: 'rostra/ledger', time: now }) }]);
  const { balance, currency } = decision.donor;
  return toBooked({ id: decision.event.transfer_id, balanceAfter: balance, currency }, false);
}

/**
 * The refund whose answer is to be given again; null where this is the first call.
 * @throws Refusal 422 where the key has given back another donation within the day
 */
function repeated(refunds: readonly BookedRefund[], id: string, now: Date): BookedRefund | null {
  const byKey = refunds.find((one) => one.id !== id);
  if (byKey && isKeyGuarded(byKey.createdAt, now)) throw keyReused();
  return byKey ?? refunds[0] ?? null;
}

function toBooked({ id, balanceAfter, currency }: Omit<BookedRefund, 'createdAt'>, isRepeat: boolean): Booked {
  return { transfer_id: id, balance: formatAmount(balanceAfter, currency), currency, repeated: isRepeat };
}
