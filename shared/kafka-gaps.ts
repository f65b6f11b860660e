import { AppError } from './errors.ts';

/** Why a group that moves money must not go on: Kafka has dropped records that it has not read. */
export function logGap(group: string, place: string, standsAt: bigint, holds: string): AppError {
  return new AppError(
    'log-gap',
    `group ${group} stands at ${standsAt} in ${place}, but the log ${holds}: ` +
      'records were lost before they were read. See docs/runbook.md, "A group refuses to start".',
    { retriable: false },
  );
}

/**
 * Where a member must go on in each partition. kafkajs jumps over dropped records by itself, also in the middle of its
 * work, and commits that it has; a log of whole topics has no other holes.
 */
export class GapWatch {
  readonly #next = new Map<string, bigint>();

  /** The partitions have been given out anew: others may have read on meanwhile. */
  forget(): void {
    this.#next.clear();
  }

  /** Everything up to here is handled. */
  resolved(place: string, offset: bigint): void {
    this.#next.set(place, offset + 1n);
  }

  /** Where the member should have gone on, where a batch that begins with `first` leaves something out; else null. */
  before(place: string, first: bigint): bigint | null {
    const next = this.#next.get(place);
    if (next === undefined) this.#next.set(place, first);
    return next !== undefined && first > next ? next : null;
  }
}
