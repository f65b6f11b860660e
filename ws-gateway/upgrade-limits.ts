import { RecentMap } from '../shared/recent-map.ts';
import { TokenBucket } from './handshake.ts';

/** Upgrades a second that are taken from people who proved who they are, and as many from those who need not. */
export const ADMITTED_PER_SECOND = 300;
/** Refusals a second that one address is told the reason of. */
export const REFUSED_PER_SECOND = 20;
export const MAXIMUM_ADDRESSES = 10_000;

/**
 * How many upgrades a second: those with a good token, those without one (where that is allowed), and those refused each
 * use up what is theirs alone, so that no crowd of strangers keeps a viewer out. A good token is taken whatever its
 * address did before: many viewers share one, behind a proxy or a provider's.
 */
export class UpgradeLimits {
  readonly #now: () => number;
  readonly #named: TokenBucket;
  readonly #nameless: TokenBucket;
  /** By address. A forgotten one begins anew, and is worth no more than that: a refusal with a reason costs little as well. */
  readonly #refused = new RecentMap<string, TokenBucket>(MAXIMUM_ADDRESSES);

  constructor(now: () => number) {
    this.#now = now;
    this.#named = new TokenBucket(ADMITTED_PER_SECOND, now());
    this.#nameless = new TokenBucket(ADMITTED_PER_SECOND, now());
  }

  mayAdmit(isNamed: boolean): boolean {
    return (isNamed ? this.#named : this.#nameless).take(this.#now());
  }

  /** False once this address has been refused too often to be told why. */
  mayRefuse(address: string): boolean {
    const bucket = this.#refused.get(address) ?? new TokenBucket(REFUSED_PER_SECOND, this.#now());
    this.#refused.set(address, bucket);
    return bucket.take(this.#now());
  }

  get addresses(): number {
    return this.#refused.size;
  }
}
