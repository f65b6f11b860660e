/**
 * Kafka's topics: one an aggregate, not one an event, since Kafka keeps order within a partition only (contract.md, 4).
 * Partition counts are frozen at creation: another count would move keys and break their order.
 */
const DAY_MS = 86_400_000;
const kept = (days: number) => ({ 'cleanup.policy': 'delete', 'retention.ms': String(days * DAY_MS) });

/** `ws.out` bears its generation in its name: recreated or repartitioned, it takes a new one, and with it new epochs. */
export const FRAMES_GENERATION = 1;

export const topics = {
  rooms: kept(7),
  donations: kept(7),
  ledger: kept(7),
  people: kept(7),
  friendships: kept(7),
  'ws.out': {
    'cleanup.policy': 'delete',
    'retention.ms': '3600000',
    'segment.ms': '600000',
    'message.timestamp.type': 'LogAppendTime',
  },
  // Larger than any source record, which comes here whole with headers beside it.
  'dead-letters': { ...kept(30), 'max.message.bytes': '2097152' },
} as const satisfies Record<string, Record<string, string>>;

export type TopicName = keyof typeof topics;

export const DEFAULT_PARTITIONS = 12;

/** The name on the broker; a namespace keeps several fleets apart on one. */
export function topicOnBroker(namespace: string, topic: TopicName): string {
  const name = topic === 'ws.out' ? `ws.out.g${FRAMES_GENERATION}` : topic;
  return namespace ? `${namespace}.${name}` : name;
}
