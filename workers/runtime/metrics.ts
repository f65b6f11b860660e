import { counter, gauge, histogram } from '../../shared/metrics.ts';

/** What the event runtime measures. Labels are names of ours: groups, listeners, outcomes, stable words. */
export const metrics = {
  events: counter('rostra_events_total', 'Events by what became of them', ['group', 'listener', 'outcome']),
  skipped: counter('rostra_events_skipped_total', 'Events that needed nothing, by reason', ['listener', 'reason']),
  skippedTooOld: counter('rostra_frames_skipped_too_old_total', 'Events too old to be shown to a live room', [
    'listener',
  ]),
  conflictingDuplicates: counter(
    'rostra_conflicting_duplicates_total',
    'Events that came under a known id with another body; the first stands',
    ['listener'],
  ),
  handling: histogram('rostra_slice_seconds', 'One transaction with its effects after the commit', ['group']),
  lag: gauge('rostra_group_lag_records', 'Records that the group has not yet committed', ['group']),
  paused: gauge('rostra_paused_partitions', 'Partitions that wait to be tried again', ['group']),
  pauses: counter('rostra_pauses_total', 'Times that a partition was paused, by reason', ['group', 'reason']),
  stopped: gauge('rostra_group_stopped', '1 where the group has stopped and waits for a person', ['group']),
} as const;
