import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { contextAddressVariables, portVariable, processEnvironment, withMore } from './fleet/environment.ts';
import { formatLine } from './fleet/log-lines.ts';
import { createProcess, type FleetProcess } from './fleet/process.ts';
import { readProcfile, type ProcfileEntry } from './fleet/procfile.ts';
import { askReadiness, operationsAddress } from './fleet/readiness.ts';
import { choosePort } from './stack/ports.ts';

export type { FleetProcess } from './fleet/process.ts';

const root = resolve(import.meta.dirname, '..');
const readyTimeoutMs = 60_000;
const pollMs = 50;
/** So many exits before it was ever ready mean that it will not be. */
const mostCrashes = 3;

export interface FleetOptions {
  /** What the processes get, but for their ports and other contexts' databases. PORT and WS_PORT set here are used. */
  env: NodeJS.ProcessEnv;
  /** Only these lines of the Procfile. */
  names?: readonly string[];
  /** How many of a name; 1 unless given. */
  counts?: Readonly<Record<string, number>>;
  /** false: a process that ends stays ended, which fault tests want. */
  restart?: boolean;
  /** Another list of processes than the repository's own, for tests of the supervisor itself. */
  procfile?: string;
  /** Where the sources lie that are run; the repository unless given. */
  directory?: string;
  /** Variables that only processes of this name get; NODE_OPTIONS are added to those of all. */
  envOf?: Readonly<Record<string, NodeJS.ProcessEnv>>;
  /** Ports to serve on, by name, the first for its first instance; free ones unless given. */
  ports?: Readonly<Record<string, readonly number[]>>;
  log: (line: string) => void;
  /** Which of the processes' lines reach `log`; all unless given. */
  shows?: (line: string) => boolean;
  /** Called after each start and each end of a process. */
  changed?: () => void;
}

export interface Fleet {
  processes: readonly FleetProcess[];
  /** Where the contexts answer, by variable: `ROOMS_ADDRESS`. */
  addresses: Readonly<Record<string, string>>;
  /** Resolves once all say that they are ready. Throws after 60 s, or when one ended three times, or once for its environment. */
  ready(): Promise<void>;
  /** Ends all: those that others ask by gRPC last. */
  stop(): Promise<void>;
}

interface Planned {
  entry: ProcfileEntry;
  instance: number;
  port: number;
  metricsPort: number;
}

/**
 * Starts the processes of the Procfile and supervises them. They end with this process, however it ends.
 * Throws when a name is not in the Procfile.
 */
export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const plan = await planProcesses(options);
  const addresses = addressVariables(plan);
  const labels = plan.map(({ entry, instance }) => label(entry.name, instance, options));
  const width = Math.max(...labels.map((text) => text.length));
  const processes = plan.map(({ entry, instance, port, metricsPort }, index) => {
    const log = (line: string) => options.log(formatLine(labels[index] ?? entry.name, width, line, new Date()));
    return createProcess({
      ...{ name: entry.name, instance, port, metricsPort, command: entry.command },
      directory: options.directory ?? root,
      env: processEnvironment(
        entry,
        withMore(options.env, options.envOf?.[entry.name] ?? {}),
        { port, metricsPort },
        addresses,
      ),
      restart: options.restart ?? true,
      onLine: (line) => {
        if (options.shows?.(line) ?? true) log(line);
      },
      ...{ log, changed: options.changed ?? (() => undefined) },
    });
  });
  for (const process of processes) process.start();
  return {
    ...{ processes, addresses },
    ready: async () => {
      await Promise.all(processes.map(waitUntilReady));
    },
    async stop() {
      const isAsked = (process: FleetProcess) => plan[processes.indexOf(process)]?.entry.answersFor.length !== 0;
      await Promise.all(processes.filter((process) => !isAsked(process)).map((process) => process.stop()));
      await Promise.all(processes.filter(isAsked).map((process) => process.stop()));
    },
  };
}

/** Where the processes find each other; the ingress tells the pages where the gateway listens. */
function addressVariables(plan: Planned[]): Record<string, string> {
  const gateway = plan.find(({ entry }) => entry.name === 'ws-gateway');
  return {
    ...contextAddressVariables(plan.map(({ entry, port }) => ({ answersFor: entry.answersFor, port }))),
    ...(gateway ? { WS_PORT: String(gateway.port) } : {}),
  };
}

async function planProcesses({ env, names, counts = {}, ports = {}, procfile }: FleetOptions): Promise<Planned[]> {
  const entries = readProcfile(procfile);
  const unknown = (names ?? []).find((name) => !entries.some((entry) => entry.name === name));
  if (unknown !== undefined) throw new Error(`the Procfile has no ${unknown}`);
  const planned: Planned[] = [];
  // A port that is set is one process's; whoever else serves under that variable gets a free one.
  const taken = new Set<string>();
  for (const entry of entries) {
    if (names && !names.includes(entry.name)) continue;
    for (let instance = 0; instance < (counts[entry.name] ?? 1); instance += 1) {
      const variable = portVariable(entry);
      const isSet = variable !== undefined && !taken.has(variable);
      const given = ports[entry.name]?.[instance] ?? (isSet ? Number(env[variable] || 0) : 0);
      if (variable) taken.add(variable);
      const port = variable ? given || (await choosePort()) : 0;
      planned.push({ entry, instance, port, metricsPort: await choosePort() });
    }
  }
  return planned;
}

function label(name: string, instance: number, { counts = {} }: FleetOptions): string {
  return (counts[name] ?? 1) > 1 ? `${name}.${instance + 1}` : name;
}

async function waitUntilReady(process: FleetProcess): Promise<void> {
  const address = operationsAddress(process);
  const deadline = Date.now() + readyTimeoutMs;
  for (;;) {
    const answer = await askReadiness(address);
    if (answer === 'ready') return;
    if (process.isMisconfigured) throw new Error(`${process.name} cannot run with this environment; see its log`);
    if (process.crashes >= mostCrashes) throw new Error(`${process.name} ended ${process.crashes} times; see its log`);
    if (Date.now() > deadline) {
      throw new Error(`${process.name} was not ready within ${readyTimeoutMs / 1000} s: ${answer}`);
    }
    await sleep(pollMs);
  }
}
