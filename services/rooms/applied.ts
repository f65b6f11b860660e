import type { Received } from '../../shared/event.ts';
import type { EventName } from '../../shared/events/catalogue.ts';

/** The ids of those events whose payload says so: what a listener's `applied` answers. */
export function idsWhere<N extends EventName>(
  events: readonly Received<N>[],
  isApplied: (payload: Received<N>['payload']) => boolean,
): ReadonlySet<string> {
  return new Set(events.filter((event) => isApplied(event.payload)).map((event) => event.id));
}
