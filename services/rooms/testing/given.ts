import type { Payload } from '../../../shared/events/catalogue.ts';
import { derivedId } from '../../../shared/ids.ts';
import type { Given } from '../../../shared/testing/harness.ts';

type Asked = Payload<'AddNewDonate'>;

/** What the ledger says of a donation whose money has moved. */
export function givenSettled({ owner_vouched: _, ...donate }: Asked, settled_at = new Date().toISOString()): Given {
  const payload = { donate, ...parties(donate), settled_at };
  return { name: 'ReceiveMoney', payload, id: derivedId(donate.donate_id, 'ReceiveMoney') };
}

/** What the ledger says of a donation without cover. */
export function givenRejected({ owner_vouched: _, ...donate }: Asked, rejected_at = new Date().toISOString()): Given {
  const payload = { donate, reason: 'insufficient_balance', rejected_at } as const;
  return { name: 'DonateRejected', payload, id: derivedId(donate.donate_id, 'DonateRejected') };
}

/** What the ledger says of a donation whose money has gone back. */
export function givenRefunded({ owner_vouched: _, ...donate }: Asked, refunded_at = new Date().toISOString()): Given {
  const transfer_id = derivedId(donate.donate_id, 'refund');
  const payload = { donate, ...parties(donate), transfer_id, refunded_at };
  return { name: 'MoneyRefunded', payload, id: derivedId(donate.donate_id, 'MoneyRefunded') };
}

function parties(donate: Omit<Asked, 'owner_vouched'>) {
  const balance = (account: string) => ({ account, balance: '100.00', currency: donate.currency, version: 1 });
  return { donor: balance(donate.from.uuid), owner: balance(donate.owner_id) };
}
