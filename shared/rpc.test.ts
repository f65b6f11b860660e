import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { LedgerQuestions } from '../services/ledger/questions.ts';
import { Refusal } from './endpoint.ts';
import { AppError } from './errors.ts';
import type { ProofQuestions } from './proof.ts';
import { rpcClient, serveRpc } from './rpc.ts';
import { testLog } from './testing/environment.ts';

const proto = new URL('../services/ledger/service.proto', import.meta.url);
const asked = { subject: 'x' };
let thrown: Error;
const fail = () => Promise.reject(thrown);
let server: Awaited<ReturnType<typeof serveRpc>>;
let ledger: LedgerQuestions & { close(): void };

beforeAll(async () => {
  const answers: Record<keyof (LedgerQuestions & ProofQuestions), typeof fail> = {
    ...{ deposit: fail, payout: fail, refund: fail, account: fail, postings: fail },
    ...{ proofTotals: fail, outboxWaiting: fail },
  };
  server = await serveRpc([{ proto, answers }], '127.0.0.1:0', testLog);
  ledger = rpcClient<LedgerQuestions>(proto, `127.0.0.1:${server.port}`);
});
afterAll(async () => {
  ledger.close();
  await server.close();
});

describe('what a server says of a question that it cannot answer', () => {
  test('reaches the caller as the refusal that it is', async () => {
    thrown = new Refusal(422, 'unprocessable', [{ path: '/account', message: 'is none' }]);
    await expect(ledger.account(asked)).rejects.toEqual(thrown);
  });

  test('invites another try where it may help', async () => {
    thrown = new AppError('away', 'the database is away', { retriable: true });
    await expect(ledger.account(asked)).rejects.toMatchObject({ code: 'service-unavailable', retriable: true });
  });

  test.each([new TypeError('a bug'), new AppError('x', 'never', { retriable: false })])(
    'invites none where it failed itself: %s',
    async (error) => {
      thrown = error;
      await expect(ledger.account(asked)).rejects.toMatchObject({ code: 'service-failed', retriable: false });
    },
  );
});

test('a server that is out of reach, or late, may be asked again', async () => {
  const nowhere = rpcClient<LedgerQuestions>(proto, '127.0.0.1:1', 300);
  await expect(nowhere.account(asked)).rejects.toMatchObject({ code: 'service-unavailable', retriable: true });
  nowhere.close();
});
