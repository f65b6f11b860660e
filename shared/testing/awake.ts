/**
 * Time in which this process ran. A busy machine may hold a process up for seconds; what it waited for has often arrived
 * meanwhile, and a bound in time of the wall would be broken by nobody's fault.
 */
const TICK_MS = 25;
/** What one tick counts at most: it comes later than this only where the process was held up. */
const MOST_MS = 100;

let awake = 0;
let last = performance.now();
setInterval(() => {
  awake += sinceLast();
  last = performance.now();
}, TICK_MS).unref();

const sinceLast = () => Math.min(performance.now() - last, MOST_MS);

/** Milliseconds since this module was loaded in which the process ran. */
export function awakeMs(): number {
  return awake + sinceLast();
}
