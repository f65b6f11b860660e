/** Why a socket is closed (contract.md, 3). Codes from 4400 on say in their last three digits what HTTP would. */
export const close = {
  badFrame: { code: 4400, reason: 'bad frame' },
  unauthorized: { code: 4401, reason: 'token bad or expired' },
  forbidden: { code: 4403, reason: 'forbidden' },
  notFound: { code: 4404, reason: 'no such topic' },
  tooSlow: { code: 4408, reason: 'too slow' },
  tooManyFrames: { code: 4429, reason: 'too many frames' },
  tooManyConnections: { code: 4430, reason: 'too many connections' },
  /** Come back after a random wait: this gateway is going away. */
  draining: { code: 1001, reason: 'draining' },
  /** We have contradicted ourselves; one socket pays for it, not all. */
  failed: { code: 1011, reason: 'internal error' },
  /** Come back later: what must be asked first is out of reach. */
  tryLater: { code: 1013, reason: 'unavailable' },
} as const satisfies Record<string, CloseReason>;

export interface CloseReason {
  readonly code: number;
  readonly reason: string;
}

/** RFC 6455, 7.4.1, and the only code of ws's own that the contract names otherwise. */
export const TOO_LARGE = 1009;
export const TOO_MANY_PARTS = 1008;
