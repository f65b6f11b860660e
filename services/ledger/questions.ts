/** Money in or out for one account. `sum`: a decimal string of the product's currency. */
export interface BookingRequest {
  readonly transfer_id: string;
  readonly account: string;
  readonly sum: string;
  readonly fingerprint: string;
}

/** A settled donation that goes back. `request_id`: made from the caller's Idempotency-Key, or fresh. */
export interface RefundRequest {
  readonly request_id: string;
  readonly donate_id: string;
}

export interface Booked {
  readonly transfer_id: string;
  /** The account's (of a refund the donor's) right after this transfer, also when it is told again later. */
  readonly balance: string;
  readonly currency: string;
  readonly repeated: boolean;
}

export interface PostingLine {
  readonly transfer_id: string;
  readonly kind: string;
  /** Signed: negative left the account. */
  readonly sum: string;
  readonly created_at: string;
}

/** The ledger's synchronous questions, as `service.proto` has them. */
export interface LedgerQuestions {
  deposit(request: BookingRequest): Promise<Booked>;
  /** @throws Refusal 402 without cover */
  payout(request: BookingRequest): Promise<Booked>;
  /** @throws Refusal 402 where the streamer has spent it, 404 where no such donation has settled */
  refund(request: RefundRequest): Promise<Booked>;
  /** A balance of zero where the account was never opened. */
  account(request: { subject: string }): Promise<{ balance: string; currency: string }>;
  /** Own lines, newest first. `after` and `next`: opaque, "" at either end. `limit`: 1 to 100. */
  postings(request: {
    subject: string;
    after: string;
    limit: number;
  }): Promise<{ postings: readonly PostingLine[]; next: string }>;
}
