import type { Stack } from '../../scripts/stack/stack.ts';
import type { Audience } from './audience.ts';
import { separate, unite } from './process-figures.ts';
import type { RoomServer } from './saturate.ts';

/**
 * Every server is measured on the first core; the viewers, Kafka and whoever publishes have the others.
 * @param idle servers that wait for their turn and would take some of the first core's time even so
 * @returns what was done
 */
export function isolate(
  stack: Stack,
  audiences: readonly Audience[],
  servers: readonly RoomServer[],
  idle: readonly RoomServer[] = [],
): string {
  const measured = [...new Set(servers.map(({ pid }) => pid))];
  const others = [...audiences.flatMap(({ pids }) => pids), ...idle.map(({ pid }) => pid)];
  return separate(measured, [...others, ...sharers(stack)])
    ? 'each server had the first core to itself, the viewers, Kafka and the publisher the others'
    : 'servers and viewers shared all cores';
}

/** Gives back what this process and Kafka were kept from. */
export function shareAgain(stack: Stack): void {
  unite(sharers(stack));
}

/** Whoever has to leave the first core to the server that is measured: this process, and Kafka. */
const sharers = (stack: Stack) => [process.pid, ...brokerPids(stack)];

/** None where Kafka was given by its address or runs in a container: then it stays where it is. */
function brokerPids(stack: Stack): number[] {
  try {
    return [stack.part('kafka').pid].filter((pid) => pid > 0);
  } catch {
    return [];
  }
}
