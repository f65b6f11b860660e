import { describe, expect, test } from '@jest/globals';
import type { AskEndpoint, Call } from '../../shared/endpoint.ts';
import { freshId } from '../../shared/ids.ts';
import { deposit, getAccount, getPostings, type LedgerPorts, payout, refund } from './endpoints.ts';
import type { BookingRequest, LedgerQuestions } from './service.ts';

const account = freshId();
const transferId = freshId();

/** A ledger that remembers what it was asked and always agrees. */
function agreeing() {
  const asked: object[] = [];
  const booked = (request: BookingRequest) => {
    asked.push(request);
    return Promise.resolve({ transfer_id: request.transfer_id, balance: '84.50', currency: 'USD', repeated: true });
  };
  const line = { transfer_id: transferId, kind: 'deposit', sum: '1.00', created_at: '2026-01-01T00:00:00.000Z' };
  const ledger: LedgerQuestions = {
    deposit: booked,
    payout: booked,
    refund: ({ request_id }) => booked({ transfer_id: request_id, account, sum: '', fingerprint: '' }),
    account: (request) => (asked.push(request), Promise.resolve({ balance: '84.50', currency: 'USD' })),
    postings: (request) => (asked.push(request), Promise.resolve({ postings: [line], next: request.after ? '' : 'b' })),
  };
  return { asked, line, ports: { ledger, currency: 'USD' } satisfies LedgerPorts };
}

function call(parts: Partial<Call>): Call {
  const caller = {
    subject: account,
    type: 'client' as const,
    owner: null,
    name: '',
    issuer: '',
    scopes: new Set<string>(),
  };
  const from = { address: '', host: '', userAgent: '' };
  const rest = { body: undefined, query: {}, params: {}, fingerprint: 'f', now: new Date(0), from };
  return { id: transferId, isKeyed: true, caller, ...rest, ...parts };
}

/** Checks and asks as the ingress does. */
async function ask(endpoint: AskEndpoint<LedgerPorts>, parts: Partial<Call>, ports: LedgerPorts) {
  return endpoint.ask(endpoint.check(call(parts)), ports);
}

describe.each([
  ['deposit', deposit, 'deposit.add', 'money:deposit'],
  ['payout', payout, 'payout.add', 'money:payout'],
] as const)('%s', (_, endpoint, operation, scope) => {
  test('asks for its scope and a key, under its frozen name', () => {
    expect(endpoint).toMatchObject({ kind: 'ask', operation, scope, key: 'required' });
  });

  test.each([[15.5], ['15.5'], ['15.50']])(
    'takes the sum %p and answers with the transfer and the balance',
    async (sum) => {
      const { asked, ports } = agreeing();
      const answered = await ask(endpoint, { body: { account, sum } }, ports);
      expect(asked).toEqual([{ transfer_id: transferId, account, sum: '15.50', fingerprint: 'f' }]);
      expect(answered).toEqual({
        body: { success: true, transfer_id: transferId, balance: '84.50' },
        repeated: true,
      });
    },
  );

  test.each([
    [0],
    [-1],
    [-0],
    [0.001],
    [1e-7],
    [0.1 + 0.2],
    [1_000_000.01],
    ['NaN'],
    [' 15'],
    [null],
    [[15]],
    [{}],
    [true],
    ['0x10'],
    ['1_000'],
  ])('refuses the sum %p and books nothing', async (sum) => {
    const { asked, ports } = agreeing();
    await expect((async () => ask(endpoint, { body: { account, sum } }, ports))()).rejects.toMatchObject({
      status: 400,
    });
    expect(asked).toEqual([]);
  });

  test.each([[{ sum: 1 }], [{ account: 'x', sum: 1 }], [{ account, sum: 1, balance: 5 }]])(
    'refuses the body %p',
    (body) => {
      expect(() => endpoint.check(call({ body }))).toThrow('bad params');
    },
  );
});

test('a refund asks for its scope and takes a key, under its frozen name, and names nothing but the donation', async () => {
  expect(refund).toMatchObject({ kind: 'ask', operation: 'refund.add', scope: 'money:refund', key: 'taken' });
  const { ports } = agreeing();
  const answered = await ask(refund, { body: { donate_id: account } }, ports);
  expect(answered).toMatchObject({ body: { success: true, transfer_id: transferId }, repeated: true });
  for (const body of [{}, { donate_id: 'x' }, { donate_id: account, sum: 1 }]) {
    expect(() => refund.check(call({ body }))).toThrow('bad params');
  }
});

test('an account is told to its own person only', async () => {
  const { asked, ports } = agreeing();
  const { body } = await ask(getAccount, {}, ports);
  expect(body).toEqual({ success: true, balance: '84.50', currency: 'USD' });
  expect(asked).toEqual([{ subject: account }]);
  expect(() => getAccount.check(call({ query: { account: freshId() } }))).toThrow('bad params');
});

test('postings come by pages of 50 unless asked otherwise, and say nothing more at the end', async () => {
  const { asked, line, ports } = agreeing();
  expect((await ask(getPostings, {}, ports)).body).toEqual({ success: true, postings: [line], next: 'b' });
  const last = await ask(getPostings, { query: { after: 'b', limit: '100' } }, ports);
  expect(last.body).toEqual({ success: true, postings: [line] });
  expect(asked).toEqual([
    { subject: account, after: '', limit: 50 },
    { subject: account, after: 'b', limit: 100 },
  ]);
});

test.each(['0', '101', '-1', '1e9', '05', 'all'])('a page of %s postings is refused', (limit) => {
  expect(() => getPostings.check(call({ query: { limit } }))).toThrow('bad params');
});
