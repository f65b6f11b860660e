/** `npm run status`: whether each process of the running `npm start` is ready, and how far each group is behind. */
import { listDeadLetters } from '../shared/dead-letters.ts';
import { type GroupName, groupOnBroker, groups } from '../shared/groups.ts';
import type { Kafka } from '../shared/kafka.ts';
import { connectKafka } from '../shared/kafka-client.ts';
import { createLogger } from '../shared/logger.ts';
import { requireNode } from '../shared/shutdown.ts';
import { askReadiness, operationsAddress } from './fleet/readiness.ts';
import { readRunning, type Running, type RunningProcess } from './start/running.ts';
import { formatStatus, type GroupState, isWell, type ProcessState, type Status } from './status/report.ts';
import { takeNoOptions } from './usage.ts';

const BROKER_TIMEOUT_MS = 8_000;
const MOST_LETTERS = 1_000;
const USAGE = `usage: npm run status
Shows each process of the "npm start" that runs here, how far each group is behind, and what was set aside. It has no
options. Exits with 0 where nothing needs you, 1 where something does, 2 where nothing runs here or an option was given.
`;

requireNode();
takeNoOptions(USAGE);
process.exit(await main()); // a client of a broker that is away would try on for a while

async function main(): Promise<number> {
  const running = await readRunning();
  if (!running) {
    console.error('No "npm start" runs here. Of any other process, ask /readyz at its port or at its METRICS_PORT.');
    return 2;
  }
  const [processes, broker] = await Promise.all([Promise.all(running.processes.map(stateOf)), askBroker(running)]);
  const status: Status = { since: running.since, processes, ...broker };
  console.log(formatStatus(status));
  return isWell(status) ? 0 : 1;
}

async function stateOf(process: RunningProcess): Promise<ProcessState> {
  const { name, instance, pid, crashes } = process;
  const address = operationsAddress(process);
  return { name, instance, pid, crashes, address, answer: await describeAnswer(process, address) };
}

async function describeAnswer({ pid, isMisconfigured }: RunningProcess, address: string): Promise<string> {
  if (pid !== 0) return askReadiness(address);
  return isMisconfigured ? 'it refuses its environment; its log lists why' : 'it has ended and is started again soon';
}

/** From the broker itself, since a group whose process is down cannot say how far behind it is. */
async function askBroker({ variables }: Running): Promise<Pick<Status, 'groups' | 'deadLetters'>> {
  const { KAFKA_BROKERS = '', NAMESPACE = '' } = variables;
  const log = createLogger('status', 'silent');
  const kafka = connectKafka({ brokers: KAFKA_BROKERS.split(','), clientId: 'status', namespace: NAMESPACE, log });
  const [states, letters] = await Promise.all([
    Promise.all((Object.keys(groups) as GroupName[]).map((name) => lagOf(kafka, NAMESPACE, name))),
    inTime(listDeadLetters(kafka, MOST_LETTERS)),
  ]);
  const deadLetters = letters === null ? null : letters.filter(({ retriedAt }) => retriedAt === null).length;
  return { groups: states, deadLetters };
}

async function lagOf(kafka: Kafka, namespace: string, name: GroupName): Promise<GroupState> {
  const behind = await inTime(kafka.lag(groupOnBroker(namespace, name), groups[name].topics));
  return { name, behind: behind === null ? null : Number(behind) };
}

function inTime<T>(answer: Promise<T>): Promise<T | null> {
  const timeout = new Promise<null>((resolve) => setTimeout(resolve, BROKER_TIMEOUT_MS, null).unref());
  return Promise.race([answer.catch(() => null), timeout]);
}
