import { Type } from '@sinclair/typebox';
import { checkClientAmount, maximumSum } from '../../shared/amount.ts';
import { asks, badParams } from '../../shared/endpoint.ts';
import { Amount, closed, Currency, PageLimit, Timestamp, Uuid } from '../../shared/schema.ts';
import type { LedgerQuestions } from './questions.ts';

/** What the ledger's endpoints need of their host. */
export interface LedgerPorts {
  readonly ledger: LedgerQuestions;
  /** ISO 4217 code of the product's currency. */
  readonly currency: string;
}

const BookingBody = closed({
  account: Uuid,
  sum: Type.Union([Type.Number(), Type.String({ maxLength: 32 })], {
    description: 'Above 0, at most 1,000,000, with no more decimals than the currency has.',
  }),
});

const BookingAnswer = Type.Object({ success: Type.Literal(true), transfer_id: Uuid, balance: Amount });
const KEY_REUSED = 'key reused: the same Idempotency-Key with another body';

/** POST /account/deposit: money came in from outside for somebody. */
export const deposit = asks<LedgerPorts, typeof BookingBody>({
  operation: 'deposit.add',
  summary: "Books money that came in from outside onto a person's account.",
  scope: 'money:deposit',
  key: 'required',
  body: BookingBody,
  answer: BookingAnswer,
  refusals: { 422: KEY_REUSED },
  async ask({ id, body, fingerprint }, { ledger, currency }) {
    const sum = readSum(body.sum, currency);
    return bookingAnswer(await ledger.deposit({ transfer_id: id, account: body.account, sum, fingerprint }));
  },
});

/** POST /account/payout: money goes out. */
export const payout = asks<LedgerPorts, typeof BookingBody>({
  operation: 'payout.add',
  summary: "Books money that goes out from a person's account.",
  scope: 'money:payout',
  key: 'required',
  body: BookingBody,
  answer: BookingAnswer,
  refusals: { 402: 'insufficient balance', 422: KEY_REUSED },
  async ask({ id, body, fingerprint }, { ledger, currency }) {
    const sum = readSum(body.sum, currency);
    return bookingAnswer(await ledger.payout({ transfer_id: id, account: body.account, sum, fingerprint }));
  },
});

const RefundBody = closed({ donate_id: Uuid });

/** POST /account/refund: a donation goes back. A donation has one refund, so that no key is needed to repeat the call. */
export const refund = asks<LedgerPorts, typeof RefundBody>({
  operation: 'refund.add',
  summary:
    "Gives a settled donation back to its donor, once: a repeat gets the first call's answer. `balance` is the donor's.",
  scope: 'money:refund',
  key: 'taken',
  body: RefundBody,
  answer: BookingAnswer,
  refusals: {
    402: 'insufficient balance: the streamer has spent it',
    404: 'not found: no such donation has settled',
    422: KEY_REUSED,
  },
  async ask({ id, body }, { ledger }) {
    return bookingAnswer(await ledger.refund({ request_id: id, donate_id: body.donate_id }));
  },
});

/** GET /account: the caller's own balance, 0 before the first money. */
export const getAccount = asks<LedgerPorts>({
  operation: 'account.get',
  summary: "The caller's balance.",
  answer: Type.Object({ success: Type.Literal(true), balance: Amount, currency: Currency }),
  async ask({ caller }, { ledger }) {
    const { balance, currency } = await ledger.account({ subject: caller.subject });
    return { body: { success: true, balance, currency } };
  },
});

const PostingsQuery = closed({
  after: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: '`next` of the page before.' })),
  limit: Type.Optional(PageLimit),
});

/** GET /account/postings: the caller's own lines, newest first, one a transfer. */
export const getPostings = asks<LedgerPorts, undefined, typeof PostingsQuery>({
  operation: 'postings.list',
  summary: "The lines of the caller's account, newest first.",
  query: PostingsQuery,
  answer: Type.Object({
    success: Type.Literal(true),
    postings: Type.Array(Type.Object({ transfer_id: Uuid, kind: Type.String(), sum: Amount, created_at: Timestamp })),
    next: Type.Optional(Type.String()),
  }),
  async ask({ caller, query }, { ledger }) {
    const { after = '', limit = '50' } = query;
    const { postings, next } = await ledger.postings({ subject: caller.subject, after, limit: Number(limit) });
    return { body: { success: true, postings, ...(next && { next }) } };
  },
});

function bookingAnswer(booked: { transfer_id: string; balance: string; repeated: boolean }) {
  const { transfer_id, balance, repeated } = booked;
  return { body: { success: true, transfer_id, balance }, repeated };
}

/** @throws Refusal 400 */
function readSum(value: number | string, currency: string): string {
  const checked = checkClientAmount(value, currency, maximumSum(currency));
  if ('fault' in checked) throw badParams('/sum', checked.fault);
  return checked.sum;
}
