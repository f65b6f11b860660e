import prometheus from 'prom-client';

/** One registry a process. Labels never hold a person, a room or an id: their number has no bound. */
export const registry = new prometheus.Registry();
/** The delay of the event loop is sampled by a timer; its usual 10 ms would be most of what an idle process does. */
const EVENT_LOOP_SAMPLE_MS = 100;
prometheus.collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: EVENT_LOOP_SAMPLE_MS });

export function counter<L extends string>(name: string, help: string, labelNames: readonly L[] = []) {
  return new prometheus.Counter<L>({ name, help, labelNames: [...labelNames], registers: [registry] });
}

/** A value that goes up and down; `read` is asked at each scrape where it is given. */
export function gauge<L extends string>(
  name: string,
  help: string,
  labelNames: readonly L[] = [],
  read?: () => number,
) {
  return new prometheus.Gauge<L>({
    name,
    help,
    labelNames: [...labelNames],
    registers: [registry],
    ...(read && {
      collect() {
        this.set(read());
      },
    }),
  });
}

const DURATIONS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Durations in seconds. */
export function histogram<L extends string>(
  name: string,
  help: string,
  labelNames: readonly L[] = [],
  buckets: readonly number[] = DURATIONS,
) {
  return new prometheus.Histogram<L>({
    name,
    help,
    labelNames: [...labelNames],
    buckets: [...buckets],
    registers: [registry],
  });
}
