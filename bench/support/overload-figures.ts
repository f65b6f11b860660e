import { type Phase, postsIn } from './phase.ts';
import { percentile } from './numbers.ts';

/** What became of each post, by its place. */
export interface Posts {
  readonly dueMs: readonly number[];
  /** The answer's status; 0 where no connection was free for it. */
  readonly statuses: readonly number[];
  /** When its frame arrived at the viewer, on the clock of `dueMs`; null for none. */
  readonly arrivedMs: readonly (number | null)[];
}

/** Places from `first` to before `end`. */
export interface Span {
  readonly first: number;
  readonly end: number;
}

/** The places of each phase. */
export function spansOf(phases: readonly Phase[]): Span[] {
  let first = 0;
  return phases.map((phase) => {
    const span = { first, end: first + postsIn(phase) };
    first = span.end;
    return span;
  });
}

const WINDOW_MS = 1_000;

const placesOf = ({ first, end }: Span) => Array.from({ length: end - first }, (_, at) => first + at);

/** From when a post was due to its frame, ms, for those that were answered 201; an absent frame counts as never. */
export function delaysOf({ dueMs, statuses, arrivedMs }: Posts, span: Span): number[] {
  return placesOf(span)
    .filter((place) => statuses[place] === 201)
    .map((place) => (arrivedMs[place] ?? Infinity) - (dueMs[place] ?? 0));
}

/** How many of a span got this answer. */
export function answered({ statuses }: Posts, span: Span, status: number): number {
  return placesOf(span).filter((place) => statuses[place] === status).length;
}

/** Places that were answered 201 and are not, or no more than once, among those found. */
export function missing({ statuses }: Posts, isThere: (place: number) => boolean): number[] {
  return statuses.flatMap((status, place) => (status === 201 && !isThere(place) ? [place] : []));
}

/**
 * How long after the span's first post its p99, second by second, was normal again: the end of the first second in which
 * every post was answered 201 and the p99 of the delays was at most `normalMs`, and the same is true of the one after it.
 * @returns seconds; null where that never came
 */
export function secondsUntilNormal(posts: Posts, span: Span, normalMs: number): number | null {
  const start = posts.dueMs[span.first] ?? 0;
  const windows = Map.groupBy(placesOf(span), (place) => Math.floor(((posts.dueMs[place] ?? 0) - start) / WINDOW_MS));
  const isNormal = (at: number) => {
    const places = windows.get(at) ?? [];
    const window = { first: places[0] ?? 0, end: (places.at(-1) ?? -1) + 1 };
    const delays = delaysOf(posts, window);
    return places.length > 0 && delays.length === places.length && percentile(delays, 0.99) <= normalMs;
  };
  for (let at = 0; at + 1 < windows.size; at++) if (isNormal(at) && isNormal(at + 1)) return at + 1;
  return null;
}
