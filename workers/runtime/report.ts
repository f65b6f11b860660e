import type { GroupName } from '../../shared/groups.ts';
import type { Logger } from '../../shared/logger.ts';
import { metrics } from './metrics.ts';
import type { Handled } from './slice.ts';

/** Counts what became of a slice's events, and says so for those that were passed over. */
export function report({ group, log }: { group: GroupName; log: Logger }, handled: readonly Handled[]): void {
  let done = 0;
  let duplicates = 0;
  for (const { event, listener, result } of handled) {
    // Dead letters are counted and told of where they are written.
    if (result.kind === 'dead-letter') continue;
    metrics.events.inc({ group, listener, outcome: result.kind });
    if (result.kind === 'done') done++;
    if (result.kind === 'duplicate') duplicates++;
    if (result.kind === 'skip') {
      metrics.skipped.inc({ listener, reason: result.reason });
      log.info({ event: event.name, eventId: event.id, listener, reason: result.reason }, 'skipped');
    }
  }
  log.debug({ events: handled.length, done, duplicates }, 'handled a slice');
}
