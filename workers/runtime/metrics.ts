import { counter, gauge, histogram } from '../../shared/metrics.ts';

/** Finer where a transaction should lie, so that its p99 can be told from the buckets (docs/benchmarks.md, D2). */
const SLICE_SECONDS = [
  ...[0.001, 0.0025, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.06, 0.08],
  ...[0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10],
];

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
  handling: histogram(
    'rostra_slice_seconds',
    'One transaction with its effects after the commit',
    ['group'],
    SLICE_SECONDS,
  ),
  lag: gauge('rostra_group_lag_records', 'Records that the group has not yet committed', ['group']),
  paused: gauge('rostra_paused_partitions', 'Partitions that wait to be tried again', ['group']),
  pauses: counter('rostra_pauses_total', 'Times that a partition was paused, by reason', ['group', 'reason']),
  stopped: gauge('rostra_group_stopped', '1 where the group has stopped and waits for a person', ['group']),
} as const;
