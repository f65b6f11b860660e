/** Posts that come due one by one for some time. */
export interface Phase {
  readonly perSecond: number;
  readonly forMs: number;
}

export const postsIn = ({ perSecond, forMs }: Phase): number => Math.floor((perSecond * forMs) / 1_000);
