import { Type } from '@sinclair/typebox';
import { Amount, Currency, Timestamp, Uuid, Version } from '../schema.ts';
import { defineEvent } from './define.ts';
import { Donation } from './rooms.ts';

/** An account after a transfer; of two, the higher `version` is newer. */
export const Balance = Type.Object({ account: Uuid, balance: Amount, currency: Currency, version: Version });

const Booked = Type.Object({
  transfer_id: Uuid,
  sum: Amount,
  ...Balance.properties,
  created_at: Timestamp,
});

export const ReceiveMoney = defineEvent({
  name: 'ReceiveMoney',
  topic: 'donations',
  description: "A donation's money has moved from the donor to the streamer.",
  schema: Type.Object({ donate: Donation, donor: Balance, owner: Balance, settled_at: Timestamp }),
  key: (payload) => payload.donate.owner_id,
});

export const DonateRejected = defineEvent({
  name: 'DonateRejected',
  topic: 'donations',
  description: 'A donation bounced; no money has moved and nothing of it is shown to anybody but the donor.',
  schema: Type.Object({
    donate: Donation,
    reason: Type.Union([
      Type.Literal('insufficient_balance'),
      Type.Literal('unknown_owner'),
      Type.Literal('blocked'),
      Type.Literal('currency_differs'),
      Type.Literal('self_donation'),
    ]),
    rejected_at: Timestamp,
  }),
  key: (payload) => payload.donate.owner_id,
});

export const MoneyRefunded = defineEvent({
  name: 'MoneyRefunded',
  topic: 'donations',
  description: "A settled donation's money has gone back to the donor; once a donation.",
  schema: Type.Object({
    donate: Donation,
    transfer_id: Uuid,
    donor: Balance,
    owner: Balance,
    refunded_at: Timestamp,
  }),
  key: (payload) => payload.donate.owner_id,
});

export const MoneyDeposited = defineEvent({
  name: 'MoneyDeposited',
  topic: 'ledger',
  description: 'Money came in from outside.',
  schema: Booked,
  key: (payload) => payload.account,
});

export const MoneyPaidOut = defineEvent({
  name: 'MoneyPaidOut',
  topic: 'ledger',
  description: 'Money went out.',
  schema: Booked,
  key: (payload) => payload.account,
});
