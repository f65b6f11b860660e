import type { Fault } from './fault.ts';
import { brokerFaults } from './faults/broker.ts';
import { crashFaults } from './faults/crash-points.ts';
import { everythingFaults } from './faults/everything.ts';
import { gatewayFaults } from './faults/gateways.ts';
import { linkFaults } from './faults/links.ts';
import { logFaults } from './faults/log.ts';
import { mysqlFaults } from './faults/mysql.ts';
import { processFaults } from './faults/processes.ts';
import { redisFaults } from './faults/redis.ts';
import { timeFaults } from './faults/time.ts';

/** Every fault that one machine can inject, by the rows of the table in docs/reliability.md. */
export const faults: readonly Fault[] = [
  ...crashFaults,
  ...processFaults,
  ...brokerFaults,
  ...mysqlFaults,
  ...redisFaults,
  ...linkFaults,
  ...logFaults,
  ...gatewayFaults,
  ...timeFaults,
  ...everythingFaults,
];
