import type { Received } from '../../../shared/event.ts';
import type { Frame } from '../../../shared/frame.ts';
import { derivedId } from '../../../shared/ids.ts';
import type { FrameListener } from '../../../shared/listener.ts';

type Booked = 'MoneyDeposited' | 'MoneyPaidOut';

/** Shows a person their balance after money came in or went out: one listener, under each event that it hears. */
export const sendBalanceToQueue = {
  MoneyDeposited: hearing('MoneyDeposited'),
  MoneyPaidOut: hearing('MoneyPaidOut'),
};

function hearing<N extends Booked>(event: N): FrameListener<N> {
  return { name: 'SendBalanceToQueue', group: 'queue-to-ws', event, frames: (received) => [balanceFrame(received)] };
}

function balanceFrame({ id, payload }: Received<Booked>): Frame {
  const { account, balance, currency, version } = payload;
  return {
    id: derivedId(id, 'ws'),
    topic: `person:${account}`,
    type: 'balance',
    createdAt: payload.created_at,
    fields: { balance, currency, version },
    subjects: [account],
    ownerId: null,
  };
}
