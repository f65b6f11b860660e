import { formatAmount, maximumSum, parseAmount } from '../../shared/amount.ts';
import { isCheckViolation, type Transaction } from '../../shared/database.ts';
import { badParams, keyReused, readId, Refusal } from '../../shared/endpoint.ts';
import { encodeEvent } from '../../shared/event.ts';
import { derivedId } from '../../shared/ids.ts';
import { insertOutbox, type OutboxEntry } from '../../shared/outbox.ts';
import { proofQuestions, type ProofQuestions } from '../../shared/proof.ts';
import type { RpcService } from '../../shared/rpc.ts';
import type { ServiceOptions } from '../../shared/service.ts';
import { type Account, emptyAccount, houseAccount, toBalance } from './account.ts';
import { decideBooking, type WantedBooking } from './booking.ts';
import { countLedger } from './proof.ts';
import type { Booked, BookingRequest, LedgerQuestions } from './questions.ts';
import { refund } from './refunds.ts';
import { insufficientBalance, isKeyGuarded } from './refusals.ts';
import { findAccount, lockAccounts, NO_CURRENCY } from './tables/accounts.ts';
import { listPostings } from './tables/postings.ts';
import { findTransfers, insertBooking, type StoredTransfer } from './tables/transfers.ts';

export type { BookingRequest, LedgerQuestions } from './questions.ts';

export const ledgerProto = new URL('./service.proto', import.meta.url);
const MAXIMUM_LINES = 100;

/** The ledger as its host serves it. */
export function ledgerService(options: ServiceOptions): RpcService {
  return { proto: ledgerProto, answers: { ...ledgerQuestions(options) } };
}

/** Answers the ledger's questions out of its database. */
export function ledgerQuestions(options: ServiceOptions): LedgerQuestions & ProofQuestions {
  return {
    ...proofQuestions(options.database, countLedger),
    deposit: (request) => book(options, 'deposit', request),
    payout: (request) => book(options, 'payout', request),
    refund: (request) => refund(options, request),

    async account({ subject }) {
      const account =
        (await findAccount(options.database, readId('/subject', subject))) ?? emptyAccount(subject, options.currency);
      return { balance: formatAmount(account.balance, account.currency), currency: account.currency };
    },

    async postings({ subject, after, limit }) {
      if (!(limit >= 1 && limit <= MAXIMUM_LINES)) throw badParams('/limit', `must be 1 to ${MAXIMUM_LINES}`);
      const lines = await listPostings(options.database, readId('/subject', subject), readCursor(after), limit + 1);
      const page = lines.slice(0, limit);
      return {
        postings: page.map((line) => ({
          transfer_id: line.transferId,
          kind: line.kind,
          sum: formatAmount(line.amount, line.currency),
          created_at: line.createdAt,
        })),
        next: lines.length > limit ? writeCursor(page.at(-1)?.position ?? '') : '',
      };
    },
  };
}

/** One transaction: lock, recognise a repeat, decide, write with its event. */
async function book(options: ServiceOptions, kind: WantedBooking['kind'], request: BookingRequest): Promise<Booked> {
  const wanted = readRequest(kind, request, options.currency);
  try {
    const booked = await options.database.transaction((tx) => bookIn(tx, options, wanted, request.account));
    if (!booked.repeated) options.committed();
    return booked;
  } catch (error) {
    if (isCheckViolation(error)) throw insufficientBalance();
    throw error;
  }
}

async function bookIn(
  tx: Transaction,
  options: ServiceOptions,
  wanted: WantedBooking,
  accountId: string,
): Promise<Booked> {
  const openable = wanted.kind === 'deposit' ? [[accountId, options.currency] as const] : [];
  const locked = await lockAccounts(tx, [accountId], new Map(openable));
  // Looked up under the lock: of calls that run at once, all but the first find it here.
  const stored = (await findTransfers(tx, [wanted.id])).get(wanted.id);
  if (stored) return repeat(stored, wanted, options.clock.now());
  const known = locked.get(accountId);
  // A row that only says that its person is blocked has held no money, in no currency.
  const account = known && known.currency !== NO_CURRENCY ? known : emptyAccount(accountId, options.currency);
  if (account.currency !== options.currency) throw new Refusal(422, 'unprocessable', [CURRENCY_FAULT]);
  const decision = decideBooking(account, wanted);
  if (!decision) throw insufficientBalance();
  const now = options.clock.now();
  await insertBooking(tx, decision.booking, now);
  await insertOutbox(tx, [toEntry(wanted, decision.after, now)]);
  const { id: transfer_id } = wanted;
  const { balance, currency } = toBalance(decision.after);
  return { transfer_id, balance, currency, repeated: false };
}

const CURRENCY_FAULT = { path: '/account', message: 'is kept in another currency' };
/** The counter side of every booking cannot be its own other side: a transfer has one posting for each account. */
const HOUSE_FAULT = { path: '/account', message: 'is the counter side of deposits and payouts' };

function repeat(stored: StoredTransfer, wanted: WantedBooking, now: Date): Booked {
  const isGuarded = isKeyGuarded(stored.createdAt, now);
  const isOther = stored.kind !== wanted.kind || (isGuarded && stored.fingerprint !== wanted.fingerprint);
  if (isOther || stored.balanceAfter === null) throw keyReused();
  const { currency } = stored;
  return { transfer_id: wanted.id, balance: formatAmount(stored.balanceAfter, currency), currency, repeated: true };
}

function toEntry({ id, kind, sum }: WantedBooking, after: Account, now: Date): OutboxEntry {
  const name = kind === 'deposit' ? 'MoneyDeposited' : 'MoneyPaidOut';
  const eventId = derivedId(id, name);
  const payload = {
    transfer_id: id,
    sum: formatAmount(sum, after.currency),
    ...toBalance(after),
    created_at: now.toISOString(),
  };
  return { eventId, record: encodeEvent({ id: eventId, name, payload, source: 'rostra/ledger', time: now }) };
}

function readRequest(kind: WantedBooking['kind'], request: BookingRequest, currency: string): WantedBooking {
  const id = readId('/transfer_id', request.transfer_id);
  if (readId('/account', request.account) === houseAccount(currency)) {
    throw new Refusal(422, 'unprocessable', [HOUSE_FAULT]);
  }
  const sum = parseAmount(request.sum, currency);
  if (sum === null || sum <= 0n || sum > maximumSum(currency)) {
    throw badParams('/sum', `must be above 0 and at most ${formatAmount(maximumSum(currency), currency)}`);
  }
  return { id, kind, sum, fingerprint: request.fingerprint };
}

function writeCursor(position: string): string {
  return Buffer.from(position).toString('base64url');
}

function readCursor(text: string): string | null {
  if (text === '') return null;
  const position = Buffer.from(text, 'base64url').toString();
  if (!/^[1-9][0-9]{0,18}$/.test(position)) throw badParams('/after', 'is no cursor of this list');
  return position;
}
