import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Database } from '../../../shared/database.ts';
import type { Received } from '../../../shared/event.ts';
import { freshId } from '../../../shared/ids.ts';
import { type Given, type Harness, receive } from '../../../shared/testing/harness.ts';
import { countedDatabase, untilWaiting } from '../../../shared/testing/locks.ts';
import { deleteAccount } from '../own-account.ts';
import type { SignedIn } from '../questions.ts';
import { claimsOf, loginBy, openTestAuth, ownOf, registration, type TestAuth } from '../testing/auth.ts';
import { rememberNickname } from './remember-nickname.ts';

let auth: TestAuth;
let worker: Harness;
let [ann, bob]: SignedIn[] = [];
let names: { ann: string; bob: string; fox: string };

beforeAll(async () => {
  auth = await openTestAuth();
  worker = await auth.worker(rememberNickname);
});
afterAll(() => auth.close());

/** Two people whose profiles have said what they registered; no test's names are another's. */
beforeEach(async () => {
  const end = freshId().slice(-8);
  names = { ann: `Ann ${end}`, bob: `Bob ${end}`, fox: `Fox ${end}` };
  ann = await auth.questions.register(registration({ nickname: names.ann }));
  bob = await auth.questions.register(registration({ nickname: names.bob }));
  await worker.when(says(ann, names.ann, 1, 1), says(bob, names.bob, 1, 1));
});

/** What a profile says: at which second, and in which of its versions. */
function says(person: SignedIn | undefined, nickname: string | null, second: number, version: number): Given {
  const payload = {
    ...{ uuid: person?.uuid ?? freshId(), nickname, about: '', avatar: null, version },
    ...{ messages_from: 'friends' as const, updated_at: `2026-01-31T18:00:${String(second).padStart(2, '0')}.000Z` },
  };
  return { name: 'ProfileUpdated', payload };
}

const nicknameOf = async (person: SignedIn | undefined) => (await auth.statusOf(person?.uuid ?? ''))['nickname'];

test('a profile’s nickname is the one to log in with, and stands in the token', async () => {
  expect((await worker.when(says(ann, names.fox, 2, 2))).outcomes).toEqual(['done']);
  const answer = await auth.questions.login(loginBy('nickname', names.fox.toUpperCase()));
  expect(claimsOf(answer)).toMatchObject({ sub: ann?.uuid, name: names.fox });
  await expect(auth.questions.login(loginBy('nickname', names.ann))).rejects.toMatchObject({ status: 401 });
  expect((await worker.again()).outcomes).toEqual(['duplicate']);
});

test('a nickname that changes hands is the later person’s, in either order of what is heard', async () => {
  const given = says(ann, names.fox, 2, 2);
  const taken = says(bob, names.ann, 3, 2);
  await worker.when(given, taken);
  expect([await nicknameOf(ann), await nicknameOf(bob)]).toEqual([names.fox, names.ann]);

  const backs = [says(bob, names.bob, 4, 3), says(ann, names.ann, 5, 3)] as const;
  await worker.when(backs[1]);
  expect([await nicknameOf(ann), await nicknameOf(bob)]).toEqual([names.ann, null]);
  await worker.when(backs[0]);
  expect([await nicknameOf(ann), await nicknameOf(bob)]).toEqual([names.ann, names.bob]);
});

test('an older word of somebody who has moved on takes nothing back', async () => {
  await worker.when(says(bob, names.fox, 9, 3));
  const [late, later] = [says(ann, names.fox, 3, 2), says(ann, names.ann, 4, 3)];
  expect((await worker.when(late)).outcomes).toEqual(['done']);
  expect([await nicknameOf(ann), await nicknameOf(bob)]).toEqual([null, names.fox]);
  await worker.when(later);
  expect([await nicknameOf(ann), await nicknameOf(bob)]).toEqual([names.ann, names.fox]);
});

test('of one person’s words the newest version stays, whatever the order', async () => {
  await worker.when(says(ann, names.fox, 2, 3));
  expect((await worker.when(says(ann, names.ann, 2, 2))).outcomes).toEqual(['duplicate']);
  expect(await nicknameOf(ann)).toBe(names.fox);
});

test('a profile’s word beats what somebody else has only registered', async () => {
  const newcomer = await auth.questions.register(registration({ nickname: names.fox }));
  await worker.when(says(ann, names.fox, 2, 2));
  expect([await nicknameOf(ann), await nicknameOf(newcomer)]).toEqual([names.fox, null]);
  expect(claimsOf(await auth.questions.refresh(newcomer))).not.toHaveProperty('name');
  await worker.when(says(newcomer, `${names.fox}-1`, 3, 1));
  expect(await nicknameOf(newcomer)).toBe(`${names.fox}-1`);
});

test('a profile without a nickname clears it; whoever has no account here, or had one, is passed over', async () => {
  await worker.when(says(ann, null, 2, 2));
  expect(await nicknameOf(ann)).toBeNull();
  await auth.questions.deleteAccount(ownOf(bob as SignedIn));
  const { outcomes } = await worker.when(says(bob, names.fox, 5, 2), says(undefined, names.fox, 5, 2));
  expect(outcomes).toEqual(Array(2).fill('skip: has no account here'));
  expect(await nicknameOf(bob)).toBeNull();
});

test('two workers at once, as after a lost partition, end like one', async () => {
  const other = await auth.worker(rememberNickname);
  for (let round = 0; round < 10; round++) {
    const swap = [
      says(ann, round % 2 ? names.ann : names.bob, 10 + round, 2 + round),
      says(bob, round % 2 ? names.bob : names.ann, 10 + round, 2 + round),
    ];
    await Promise.all([worker.when(...swap), other.when(...swap.toReversed())]);
  }
  await worker.when(says(ann, names.ann, 40, 40), says(bob, names.bob, 41, 40));
  expect([await nicknameOf(ann), await nicknameOf(bob)]).toEqual([names.ann, names.bob]);
});

const hears = (database: Database, ...given: readonly Given[]) =>
  database.transaction((tx) =>
    rememberNickname.handle(
      given.map((one) => receive(one) as Received<'ProfileUpdated'>),
      { tx, now: new Date(), emit: () => undefined },
    ),
  );

test.each<[string, (database: Database) => Promise<unknown>]>([
  ['for another', (database) => hears(database, says(bob, names.fox, 2, 2))],
  ['with the account', (database) => deleteAccount({ ...auth.options, database }, ownOf(bob as SignedIn))],
])('who gives a nickname up %s and who takes it at once do not wait for each other', async (_how, giveUp) => {
  const taking = countedDatabase(auth.database);
  let taken: Promise<unknown> | undefined;
  const giving = countedDatabase(auth.database, {
    async before(sql) {
      if (taken || !sql.startsWith('UPDATE accounts')) return;
      taken = hears(taking, says(ann, names.bob, 3, 2));
      await untilWaiting(auth.database);
    },
  });
  await giveUp(giving);
  await taken;
  expect([await nicknameOf(ann), giving.runs() + taking.runs()]).toEqual([names.bob, 2]);
});

test('two slices that need the same people in another order each do not wait for each other', async () => {
  const second = countedDatabase(auth.database);
  let other: Promise<unknown> | undefined;
  const first = countedDatabase(auth.database, {
    async before() {
      if (other) return;
      other = hears(second, says(bob, names.bob, 2, 2), says(ann, names.ann, 2, 2));
      await untilWaiting(auth.database);
    },
  });
  await hears(first, says(ann, names.fox, 3, 3), says(bob, names.ann, 3, 3));
  await other;
  expect(first.runs() + second.runs()).toBe(2);
  expect([await nicknameOf(ann), await nicknameOf(bob)]).toEqual([names.fox, names.ann]);
});

test('a nickname that somebody else has got since the accounts were locked is taken from them all the same', async () => {
  const newcomer = await auth.questions.register(registration());
  const taking = countedDatabase(auth.database);
  await taking.transaction(async (tx) => {
    let isTaken = false;
    const select: typeof tx.select = async (sql, parameters) => {
      const rows = await tx.select<never>(sql, parameters);
      if (sql.endsWith('FOR UPDATE') && !isTaken && taking.runs() === 1) {
        isTaken = true;
        await hears(auth.database, says(newcomer, names.fox, 2, 1));
      }
      return rows;
    };
    const event = receive(says(ann, names.fox, 3, 2)) as Received<'ProfileUpdated'>;
    return rememberNickname.handle([event], { tx: { ...tx, select }, now: new Date(), emit: () => undefined });
  });
  expect([await nicknameOf(ann), await nicknameOf(newcomer)]).toEqual([names.fox, null]);
  expect(taking.runs()).toBe(2);
});
