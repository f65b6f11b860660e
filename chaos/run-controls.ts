import { rm } from 'node:fs/promises';
import { buildControl, type Control } from './controls.ts';
import type { Provocation } from './controls/control.ts';
import type { Fault, Stand } from './fault.ts';
import { storm } from './faults/processes.ts';
import { run } from './run.ts';
import { startGround } from './stand.ts';

export interface ControlsOptions {
  readonly controls: readonly Control[];
  readonly directory: string;
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/** What the suite said of one build with a mistake in it. */
export interface Finding {
  readonly control: Control;
  /** One of the invariants that the mistake breaks was found broken. */
  readonly isCaught: boolean;
  readonly violations: readonly string[];
  /** From the start of the load to the verdict. */
  readonly seconds: number;
}

const PROVOKED_MS = 25_000;
const QUIET_MS = 30_000;

/** Runs the suite against each build, one after the other, each on servers of its own. */
export async function runControls(options: ControlsOptions): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const control of options.controls) {
    if (options.signal.aborted) break;
    options.say(`control ${control.name}: ${control.mistake}`);
    const finding = await tryControl(control, options).catch((error: unknown) => {
      if (!options.signal.aborted) throw error;
    });
    if (!finding) break;
    findings.push(finding);
    const verdict = finding.isCaught ? 'caught' : 'NOT CAUGHT';
    options.say(`  ${verdict} after ${Math.round(finding.seconds)} s: ${finding.violations[0] ?? 'nothing found'}`);
  }
  return findings;
}

async function tryControl(control: Control, { directory, seed, signal, say }: ControlsOptions): Promise<Finding> {
  const sources = `${directory}/${control.name}`;
  await buildControl(control, sources);
  const ground = await startGround({
    ...{ directory: `${directory}/${control.name}-ground`, sources, workersPerGroup: 2, env: {}, say: () => undefined },
    isProxied: provocations[control.provokedBy].needs.includes('proxy'),
  });
  const startedAt = performance.now();
  try {
    const { outcomes } = await run(ground, {
      faults: [provocations[control.provokedBy]],
      // Few donors and many rooms: one donor's donations meet in several partitions at once.
      load: { seed, rooms: 12, donors: 4, viewersPerRoom: 2, perSecond: 80, startBalance: 30_000n, historyFile: null },
      ...{ ms: PROVOKED_MS, quietMs: QUIET_MS, stopsAtViolation: true, signal, say },
    });
    const violations = outcomes.flatMap((outcome) => outcome.violations);
    const isCaught = control.invariants.some((name) => violations.some((line) => line.startsWith(`${name} `)));
    return { control, isCaught, violations, seconds: (performance.now() - startedAt) / 1_000 };
  } finally {
    await ground.stop();
    await rm(sources, { recursive: true, force: true });
  }
}

const common = { row: '44', needs: [] as Fault['needs'], seconds: PROVOKED_MS / 1_000 };

/** What brings the mistakes to light. */
const provocations: Readonly<Record<Provocation, Fault>> = {
  load: {
    ...{ ...common, name: 'load', title: 'nothing but the load' },
    inject: (stand) => stand.pause(stand.ms),
  },
  kills: { ...{ ...common, name: 'kills', title: 'SIGKILLs of workers' }, inject: storm },
  'slow-cache': {
    ...{
      ...common,
      needs: ['proxy'],
      name: 'slow-cache',
      title: 'Redis answers after 0.4 s while many read the history',
    },
    inject: slowCache,
  },
  'crash-after-commit': {
    ...{ ...common, name: 'crash-after-commit', title: 'the ledger’s workers die between COMMIT and what follows' },
    inject: (stand) => crashAfterCommit(stand, 'transfer-money', 'TransferMoney'),
  },
  'crash-after-send': {
    ...{
      ...common,
      name: 'crash-after-send',
      title: 'workers die between the acknowledgement of frames and their offset',
    },
    inject: (stand) => crashAfterCommit(stand, 'queue-to-ws', 'SendDonateToQueue'),
  },
};

async function crashAfterCommit(stand: Stand, group: string, listener: string): Promise<void> {
  for (const process of stand.processes(group)) {
    await process.stop();
    process.start({ CRASH_AT: `after-commit:1:${listener}` });
  }
  await stand.pause(stand.ms);
}

/** Slow both ways between the readers and the cache, until the very end: a reader's store comes after the writer's word. */
async function slowCache(stand: Stand): Promise<void> {
  stand.load.readPercent = 60;
  const link = stand.proxy?.link('redis-services');
  for (const stream of ['upstream', 'downstream'] as const)
    await link?.spoil({ type: 'latency', stream, attributes: { latency: 200 } });
  await stand.pause(stand.ms);
}
