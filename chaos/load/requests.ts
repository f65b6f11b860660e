import type { Request, RequestKind } from '../history.ts';
import type { Random } from '../random.ts';

/** A person of the load. */
export interface Person {
  readonly sub: string;
  readonly token: string;
}

export interface Cast {
  readonly owners: readonly Person[];
  readonly donors: readonly Person[];
  /** May put money on accounts. */
  readonly bank: Person;
  /** May give donations back. */
  readonly operator: Person;
  /** In a hundred requests. */
  readonly donationPercent: number;
}

/** A request with what is sent for it. */
export interface Planned {
  readonly request: Request;
  readonly as: Person;
  readonly path: string;
  readonly body: object;
}

/** What is asked for beside donations, in parts of a hundred. */
const SHARES: readonly [RequestKind, number][] = [
  ['message', 74],
  ['deposit', 16],
  ['goal', 7],
  ['refund', 3],
];
const PRIVATE_PERCENT = 20;
const COMMENT_PERCENT = 25;
const LARGEST_SUM = 500;
/** What comes in, of what is given: a little less, so that some donations bounce. */
const DEPOSITED_SHARE = 0.95;
const LARGEST_GOAL = 5_000;

/** Minor units as the decimal string of a currency with two places. */
export function decimal(minor: bigint): string {
  const text = minor.toString().padStart(3, '0');
  return `${text.slice(0, -2)}.${text.slice(-2)}`;
}

/**
 * Makes up the next request. @param refundable donations that were shown and not yet given back; one may be taken out
 */
export function planRequest(
  random: Random,
  cast: Cast,
  key: string,
  dueAtMs: number,
  refundable: { id: string; room: string }[],
): Planned {
  const isDonation = random.below(100) < cast.donationPercent;
  const kind = isDonation ? 'donation' : pickKind(random, refundable.length > 0);
  const donor = pick(random, cast.donors);
  const owner = pick(random, cast.owners);
  const isPrivate = random.below(100) < PRIVATE_PERCENT;
  const note = (given: Partial<Request> & Pick<Request, 'by' | 'room'>): Request => ({
    ...{ kind, key, sum: 0n, isPrivate: false, dueAtMs, answers: new Map(), id: null, confirmedAtMs: 0, refused: 0 },
    ...given,
  });
  const sumUpTo = (limit: number) => BigInt(1 + random.below(limit));
  if (kind === 'message') {
    const request = note({ by: donor.sub, room: owner.sub, isPrivate });
    const body = { owner_id: owner.sub, message: `message ${key}`, is_public: !isPrivate };
    return { request, as: donor, path: '/chat/message/add', body };
  }
  if (kind === 'deposit') {
    const request = note({ by: cast.bank.sub, room: donor.sub, sum: sumUpTo(largestDeposit(cast)) });
    const body = { account: donor.sub, sum: decimal(request.sum) };
    return { request, as: cast.bank, path: '/account/deposit', body };
  }
  if (kind === 'goal') {
    const request = note({ by: owner.sub, room: owner.sub, sum: sumUpTo(LARGEST_GOAL) });
    const body = { name: `goal ${key}`, require_sum: decimal(request.sum) };
    return { request, as: owner, path: '/chat/goal/add', body };
  }
  if (kind === 'refund') {
    const [donation] = refundable.splice(random.below(refundable.length), 1) as [{ id: string; room: string }];
    const request = note({ by: cast.operator.sub, room: donation.room });
    return { request, as: cast.operator, path: '/account/refund', body: { donate_id: donation.id } };
  }
  const hasComment = random.below(100) < COMMENT_PERCENT;
  const request = note({
    by: donor.sub,
    room: owner.sub,
    sum: sumUpTo(LARGEST_SUM),
    isPrivate: hasComment && isPrivate,
  });
  const body = {
    owner_id: owner.sub,
    sum: decimal(request.sum),
    ...(hasComment && { message: { message: `comment ${key}`, is_public: !isPrivate } }),
  };
  return { request, as: donor, path: '/chat/donate/add', body };
}

function pickKind(random: Random, canRefund: boolean): RequestKind {
  let left = random.below(100);
  for (const [kind, share] of SHARES) {
    if (left < share) return kind === 'refund' && !canRefund ? 'donation' : kind;
    left -= share;
  }
  return 'donation';
}

/** In minor units. */
function largestDeposit({ donationPercent }: Cast): number {
  const share = Object.fromEntries(SHARES)['deposit'] as number;
  const depositPercent = ((100 - donationPercent) * share) / 100;
  return Math.max(1, Math.round((DEPOSITED_SHARE * LARGEST_SUM * donationPercent) / depositPercent));
}

function pick<T>(random: Random, list: readonly T[]): T {
  return list[random.below(list.length)] as T;
}
