/**
 * Places where a fault test may have the process killed, the way a power cut would: at once, with no handler run.
 * Outside test builds the point given to the runtime does nothing.
 */
export const crashPoints = [
  'before-dedup',
  'after-dedup',
  'mid-effect',
  'after-commit',
  'after-post-effects',
  'relay-after-ack',
] as const;
export type CrashPointName = (typeof crashPoints)[number];

export type CrashPoint = (point: CrashPointName) => void;

/** Never crashes. */
export const noCrash: CrashPoint = () => undefined;

export interface CrashPlan {
  readonly point: CrashPointName;
  /** 0 to 1, each time the point is passed. */
  readonly probability: number;
}

/** Reads `<point>:<probability>`; null where it is none. */
export function parseCrashPlan(text: string): CrashPlan | null {
  const [name, chance = ''] = text.split(':');
  const point = crashPoints.find((known) => known === name);
  const probability = /^(0|1|0?\.[0-9]{1,6}|1\.0+)$/.test(chance) ? Number(chance) : NaN;
  return point && probability >= 0 && probability <= 1 ? { point, probability } : null;
}

/** Kills the process at the planned point. */
export function crashAt(plan: CrashPlan | null, random: () => number = Math.random): CrashPoint {
  if (!plan) return noCrash;
  return (point) => {
    if (point === plan.point && random() < plan.probability) process.kill(process.pid, 'SIGKILL');
  };
}
