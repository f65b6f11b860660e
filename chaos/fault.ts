import type { Product } from '../e2e/support/product.ts';
import type { FleetProcess } from '../scripts/fleet.ts';
import type { Stack } from '../scripts/stack/stack.ts';
import type { Load } from './load/load.ts';
import type { Proxy } from './proxy.ts';
import type { Random } from './random.ts';

/** What a fault may lay hands on. */
export interface Stand {
  readonly product: Product;
  /** The servers, where this run started them; null where they are others'. */
  readonly stack: Stack | null;
  /** The links between the processes and the servers, where they are led through a proxy. */
  readonly proxy: Proxy | null;
  readonly load: Load;
  /** How long a fault without an end of its own is to go on. */
  readonly ms: number;
  /** How far apart the blows of a storm are, about. */
  readonly everyMs: number;
  /** Of these names; all unless given. */
  processes(...names: readonly string[]): readonly FleetProcess[];
  readonly random: Random;
  /** Waits; rejects once the run is to end. */
  pause(ms: number): Promise<void>;
  /** Notes what is done now, for the history; `back` notes that what was taken away is there again. */
  injected(target: string): { back(): void };
  /** Says something to whoever watches. */
  say(line: string): void;
  /** States what does not hold, beyond the invariants that are checked after every fault. */
  violated(line: string): void;
  /** That so many more records were written to Kafka that have to end as dead letters. */
  poisoned(records: number): void;
  /** Warnings, errors and crash points in the processes' logs since the start that contain this text. */
  countLines(text: string): number;
}

/** A row of the fault table. */
export interface Fault {
  /** Of the table in docs/reliability.md. */
  readonly row: string;
  /** As `--fault` takes it. */
  readonly name: string;
  readonly title: string;
  /** Servers of its own to hurt, links through a proxy, or three brokers, which no proxy stands before. */
  readonly needs: readonly ('servers' | 'proxy' | 'cluster')[];
  /** How long it takes, about. */
  readonly seconds: number;
  /** Injects it while the load runs, and leaves everything whole again. */
  inject(stand: Stand): Promise<void>;
}
