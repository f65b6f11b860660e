import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { LedgerQuestions } from '../services/ledger/questions.ts';
import { Refusal } from './endpoint.ts';
import { AppError } from './errors.ts';
import type { VerificationQuestion } from './own-tokens.ts';
import type { ProofQuestions } from './proof.ts';
import { rpcClient, serveRpc } from './rpc.ts';
import { testLog } from './testing/environment.ts';
import { currentTrace, withTrace } from './trace.ts';

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

describe('a question', () => {
  const auth = new URL('../services/auth/service.proto', import.meta.url);
  const answered = { keys: [], revoked_sessions: [] };

  async function serve(verification: () => Promise<object>) {
    // Whatever else the context answers is of no interest here.
    const answers = new Proxy({ verification }, { get: () => verification });
    const own = await serveRpc([{ proto: auth, answers }], '127.0.0.1:0', testLog);
    const client = rpcClient<VerificationQuestion>(auth, `127.0.0.1:${own.port}`);
    return { ask: () => client.verification({}), close: async () => (client.close(), own.close()) };
  }

  test('that changes nothing is asked again where its server was out of reach', async () => {
    let asked = 0;
    const { ask, close } = await serve(async () => {
      if (++asked < 3) throw new AppError('away', 'the database is away', { retriable: true });
      return answered;
    });
    expect(await ask()).toEqual(answered);
    expect(asked).toBe(3);
    await close();
  });

  test('that books is asked once', async () => {
    let asked = 0;
    const counting = await serveRpc(
      [{ proto, answers: new Proxy({}, { get: () => async () => (asked++, fail()) }) }],
      '127.0.0.1:0',
      testLog,
    );
    thrown = new AppError('away', 'the database is away', { retriable: true });
    const client = rpcClient<LedgerQuestions>(proto, `127.0.0.1:${counting.port}`);
    const request = { transfer_id: 'x', account: 'x', sum: '1.00', fingerprint: '' };
    await expect(client.deposit(request)).rejects.toMatchObject({ code: 'service-unavailable' });
    expect(asked).toBe(1);
    client.close();
    await counting.close();
  });

  test('is asked for a request, whose names go with it', async () => {
    const trace = { requestId: 'of-this-test', traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` };
    const seen: unknown[] = [];
    const { ask, close } = await serve(async () => (seen.push(currentTrace()), answered));
    await withTrace(trace, ask);
    await ask();
    expect(seen).toEqual([trace, null]);
    await close();
  });
});
