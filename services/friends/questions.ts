/** What one person wants to change between them and another. */
export interface PairRequest {
  /** Of the caller's Idempotency-Key; "" without one. */
  readonly request_id: string;
  /** sha256 in hex of the request's canonical body. */
  readonly fingerprint: string;
  /** The name is the token's, used only where this person was never heard of. */
  readonly caller: { readonly uuid: string; readonly name: string };
  /** The other's uuid. */
  readonly person: string;
}

export interface PairAnswer {
  /** What the two are to each other right after the call, also when it is told again later. */
  readonly state: 'none' | 'requested' | 'friends';
  /** The stored answer of an earlier call under the same key. */
  readonly repeated: boolean;
}

export interface Relation {
  readonly uuid: string;
  readonly name: string;
  /** "blocked" (by an operator) or "deleted"; else "". */
  readonly status: string;
  /** RFC 3339. */
  readonly since: string;
}

export interface RelationsPage {
  readonly friends: readonly Relation[];
  readonly incoming: readonly Relation[];
  readonly outgoing: readonly Relation[];
  readonly blocked: readonly Relation[];
  /** Opaque; "" at the end. */
  readonly next: string;
}

/**
 * The friends' synchronous questions, as `service.proto` has them. Every command refuses with 400 for oneself, 403 where
 * the caller is blocked by an operator or deleted, 404 where the other is unknown or deleted, and 422 where its key has
 * been used with another body.
 */
export interface FriendsQuestions {
  /**
   * Asks, or agrees where the other has asked already.
   * @throws Refusal 403 where the other blocks the caller, 404 where an operator blocks the other, 409 where they are
   * friends, where the caller has asked already, or blocks the other
   */
  request(request: PairRequest): Promise<PairAnswer>;
  /** @throws Refusal 403 for the caller's own request, 404 without one or where an operator blocks the other */
  accept(request: PairRequest): Promise<PairAnswer>;
  /** @throws Refusal 403 for the caller's own request, 404 without one */
  decline(request: PairRequest): Promise<PairAnswer>;
  /** Ends a friendship, or takes the caller's request back. @throws Refusal 404 where there is neither */
  remove(request: PairRequest): Promise<PairAnswer>;
  /** Ends whatever was between the two. Again: the same answer, and nothing happens. */
  block(request: PairRequest): Promise<PairAnswer>;
  /** @throws Refusal 404 where the caller does not block the other */
  unblock(request: PairRequest): Promise<PairAnswer>;
  /** The caller's own relations, newest change first. `after` and `next`: opaque, "" at either end. `limit`: 1 to 100. */
  list(request: { subject: string; after: string; limit: number }): Promise<RelationsPage>;
}
