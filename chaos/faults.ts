import type { Fault } from './fault.ts';
import { crashFaults } from './faults/crash-points.ts';
import { processFaults } from './faults/processes.ts';

/** Every fault that one machine can inject, by the rows of the table in docs/reliability.md. */
export const faults: readonly Fault[] = [...crashFaults, ...processFaults];
