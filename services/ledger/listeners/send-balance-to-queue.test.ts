import { expect, test } from '@jest/globals';
import { derivedId, freshId } from '../../../shared/ids.ts';
import { receive } from '../../../shared/testing/harness.ts';
import type { Received } from '../../../shared/event.ts';
import { sendBalanceToQueue } from './send-balance-to-queue.ts';

const heard = {
  MoneyDeposited: (event: Received) => sendBalanceToQueue.MoneyDeposited.frames(event as Received<'MoneyDeposited'>),
  MoneyPaidOut: (event: Received) => sendBalanceToQueue.MoneyPaidOut.frames(event as Received<'MoneyPaidOut'>),
};

test.each(['MoneyDeposited', 'MoneyPaidOut'] as const)(
  'after %s the person, and nobody else, sees the balance',
  (name) => {
    const account = freshId();
    const state = { account, balance: '84.50', currency: 'USD', version: 3 };
    const payload = { transfer_id: freshId(), sum: '1.00', ...state, created_at: '2026-01-01T00:00:00.000Z' };
    const event = receive({ name, payload });
    expect(heard[name](event)).toEqual([
      {
        id: derivedId(event.id, 'ws'),
        topic: `person:${account}`,
        type: 'balance',
        createdAt: payload.created_at,
        fields: { balance: '84.50', currency: 'USD', version: 3 },
        subjects: [account],
        ownerId: null,
      },
    ]);
  },
);
