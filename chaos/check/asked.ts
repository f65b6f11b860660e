import { intentionId } from '../../shared/ids.ts';
import type { Request, RequestKind } from '../history.ts';

/** Kinds whose id comes from their caller's key; a refund's comes from its donation. */
type KeyedKind = Exclude<RequestKind, 'refund'>;

/** The frozen operations of contract.md, 2: with caller and key they give an event its one possible id. */
const OPERATIONS: Readonly<Record<KeyedKind, string>> = {
  donation: 'donation.add',
  message: 'message.add',
  deposit: 'deposit.add',
  goal: 'goal.add',
};

/** The requests of one kind, by the id of what they made or can have made. */
export interface Asked {
  readonly confirmed: ReadonlyMap<string, Request>;
  /** Never confirmed: each may have happened, once, under this id. */
  readonly possible: ReadonlyMap<string, Request>;
  /** Ids that were given to more than one request. */
  readonly shared: readonly string[];
}

export function askedFor(requests: readonly Request[], kind: KeyedKind): Asked {
  const confirmed = new Map<string, Request>();
  const possible = new Map<string, Request>();
  const shared: string[] = [];
  for (const request of requests) {
    if (request.kind !== kind) continue;
    if (request.id !== null) {
      if (confirmed.has(request.id)) shared.push(request.id);
      confirmed.set(request.id, request);
    } else if (mayHaveHappened(request)) {
      possible.set(intentionId('', request.by, OPERATIONS[kind], request.key), request);
    }
  }
  return { confirmed, possible, shared };
}

/** A refusal says that nothing happened, unless an earlier sending was left without an answer or got a 5xx. */
export function mayHaveHappened({ id, refused, answers }: Request): boolean {
  if (id !== null) return false;
  return refused === 0 || [...answers.keys()].some((status) => status === 0 || status >= 500);
}

/** Rows that nobody confirmed, beyond as many in each room as requests of that room may have made. */
export function beyondAllowance(
  rows: readonly { readonly id: string; readonly room: string }[],
  allowed: ReadonlyMap<string, number>,
): string[] {
  const left = new Map(allowed);
  return rows.flatMap(({ id, room }) => {
    const rest = left.get(room) ?? 0;
    left.set(room, rest - 1);
    return rest > 0 ? [] : [id];
  });
}
