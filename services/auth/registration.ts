import { hash } from 'node:crypto';
import type { Transaction } from '../../shared/database.ts';
import { keyReused, readId, Refusal } from '../../shared/endpoint.ts';
import { encodeEvent } from '../../shared/event.ts';
import { derivedId, freshId } from '../../shared/ids.ts';
import { insertOutbox } from '../../shared/outbox.ts';
import { madeUpNicknames, readEmail, readNickname, readPhone } from './identifiers.ts';
import type { AuthOptions } from './options.ts';
import { checkPassword, hashPassword, verifyPassword } from './password.ts';
import type { RegisterRequest, SignedIn } from './questions.ts';
import { conflict } from './refusals.ts';
import { startSession } from './sessions.ts';
import { type Account, findAccountBy, findRegistered, insertAccount } from './tables/accounts.ts';

interface Wanted {
  readonly phone: string;
  readonly email: string | null;
  readonly nickname: string | null;
  readonly password: string;
  readonly userAgent: string;
  /** Null without a key. */
  readonly registerId: string | null;
  /** Of everything that the call says but the password, of which nothing is kept but its slow hash. */
  readonly fingerprint: Buffer;
}

/**
 * A new account with its first session. Under a key, the same call again is answered with the same person in a session
 * of its own, since the tokens of the first answer are kept nowhere.
 * @throws Refusal 400, 409 with what is taken, 422 where the key stands for another call
 */
export async function register(options: AuthOptions, request: RegisterRequest): Promise<SignedIn> {
  const wanted = readRequest(request);
  const stored = await findStored(options, wanted);
  if (stored) return repeat(options, wanted, stored);
  try {
    return await registerAfresh(options, wanted);
  } catch (error) {
    // Of calls under one key that run at once, all but the first find their own account in the way.
    const first = error instanceof Refusal && error.status === 409 ? await findStored(options, wanted) : null;
    if (!first) throw error;
    return repeat(options, wanted, first);
  }
}

type Stored = NonNullable<Awaited<ReturnType<typeof findRegistered>>>;

async function findStored({ database }: AuthOptions, { registerId }: Wanted): Promise<Stored | null> {
  return registerId === null ? null : findRegistered(database, registerId);
}

async function registerAfresh(options: AuthOptions, wanted: Wanted): Promise<SignedIn> {
  const { phone, email, nickname, userAgent, registerId, fingerprint } = wanted;
  // Asked before the password is hashed, which costs more than everything else here; and again in the transaction.
  await refuseTaken(options.database, { phone, email, nickname });
  const passwordHash = await hashPassword(wanted.password);
  const answer = await options.database.transaction(async (tx) => {
    const given = { phone, email, nickname, isEmailVerified: false, passwordHash };
    const known = registerId === null ? {} : { registerId, registerFingerprint: fingerprint };
    const account = await insertRegistered(tx, options, { ...given, ...known });
    return startSession(tx, options, account, { by: 'password', userAgent });
  });
  options.committed();
  return { ...answer, repeated: false };
}

async function repeat(options: AuthOptions, wanted: Wanted, { account, fingerprint }: Stored): Promise<SignedIn> {
  const isSame = fingerprint?.equals(wanted.fingerprint) ?? false;
  if (!isSame || !(await verifyPassword(account.passwordHash, wanted.password))) throw keyReused();
  const how = { by: 'password', userAgent: wanted.userAgent };
  const answer = await options.database.transaction((tx) => startSession(tx, options, account, how));
  options.committed();
  return { ...answer, repeated: true };
}

/** What an account is registered with; what is null is not given. */
export interface Registered extends Pick<Account, 'phone' | 'email' | 'isEmailVerified' | 'nickname' | 'passwordHash'> {
  readonly registerId?: string;
  readonly registerFingerprint?: Buffer;
}

/**
 * Inserts an account, with a made-up nickname where none is given, and puts UserRegistered into the outbox.
 * @throws Refusal 409 with what is taken
 */
export async function insertRegistered(tx: Transaction, options: AuthOptions, given: Registered): Promise<Account> {
  await refuseTaken(tx, given);
  const [id, createdAt] = [freshId(), options.clock.now()];
  const nickname = given.nickname ?? (await freeNickname(tx, id));
  const { registerId = null, registerFingerprint = null, ...rest } = given;
  await insertAccount(tx, { ...rest, id, nickname, registerId, registerFingerprint, createdAt });

  const eventId = derivedId(id, 'UserRegistered');
  const payload = { uuid: id, nickname, created_at: createdAt.toISOString() };
  const told = { id: eventId, name: 'UserRegistered', payload, source: 'rostra/auth', time: createdAt } as const;
  await insertOutbox(tx, [{ eventId, record: encodeEvent(told) }]);
  return { ...rest, id, nickname, type: 'client', status: 'active' };
}

async function refuseTaken(tx: Transaction, given: Pick<Account, 'phone' | 'email' | 'nickname'>): Promise<void> {
  const taken: string[] = [];
  for (const kind of ['phone', 'email', 'nickname'] as const) {
    const value = given[kind];
    if (value !== null && (await findAccountBy(tx, kind, value))) taken.push(`/${kind}`);
  }
  if (taken.length > 0) throw conflict(...taken);
}

/** @throws Refusal 409 where all are taken, which no two people will see */
async function freeNickname(tx: Transaction, id: string): Promise<string> {
  for (const nickname of madeUpNicknames(id)) if (!(await findAccountBy(tx, 'nickname', nickname))) return nickname;
  throw conflict('/nickname');
}

function readRequest(request: RegisterRequest): Wanted {
  const callId = readId('/call_id', request.call_id);
  const phone = readPhone(request.phone);
  const email = request.email === '' ? null : readEmail(request.email);
  const nickname = request.nickname === '' ? null : readNickname(request.nickname);
  checkPassword(request.password);
  return {
    phone,
    email,
    nickname,
    password: request.password,
    userAgent: request.user_agent,
    // Nobody is signed in yet, so everybody's keys meet in one scope: the phone keeps them apart.
    registerId: request.is_keyed ? derivedId(callId, phone) : null,
    fingerprint: Buffer.from(hash('sha256', JSON.stringify([callId, phone, email, nickname])), 'hex'),
  };
}
