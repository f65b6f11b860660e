import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { freshId } from '../../../shared/ids.ts';
import { exampleRoom } from '../../../shared/testing/examples.ts';
import type { Given } from '../../../shared/testing/harness.ts';
import { claimsOf, openTestAuth, registration, type TestAuth } from '../testing/auth.ts';
import { rememberRoom } from './remember-room.ts';

let auth: TestAuth;
beforeAll(async () => {
  auth = await openTestAuth();
});
afterAll(() => auth.close());

const opened = (uuid: string): Given => ({
  name: 'AddNewRoom',
  payload: exampleRoom({ owner: { uuid, type: 'client', name: 'Ann' } }),
});

test('whoever opens a room is a user from the next refresh on, however often they open it', async () => {
  const worker = await auth.worker(rememberRoom);
  const [owner, viewer] = [
    await auth.questions.register(registration()),
    await auth.questions.register(registration()),
  ];
  const { outcomes, emitted } = await worker.when(opened(owner.uuid), opened(freshId()), opened(owner.uuid));
  expect(outcomes).toEqual(['done', 'done', 'done']);
  expect(emitted).toEqual([]);
  expect((await worker.again()).outcomes).toEqual(['duplicate', 'done', 'duplicate']);
  expect(claimsOf(await auth.questions.refresh(owner)).type).toBe('user');
  expect(claimsOf(await auth.questions.refresh(viewer)).type).toBe('client');
});
