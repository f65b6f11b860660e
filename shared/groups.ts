/**
 * Consumer groups: a group is one daemon in the Procfile, under one frozen id. Renaming one makes Kafka read its topics
 * from the beginning again. Each hears an event at most once.
 */
import type { TopicName } from './topics.ts';

/** The bounded contexts that have a database. */
export const contexts = ['rooms', 'ledger', 'auth', 'profiles', 'friends'] as const;
export type Context = (typeof contexts)[number];

interface GroupDefinition {
  /** The database in whose transactions the group works; null where it keeps nothing. */
  readonly context: Context | null;
  readonly topics: readonly TopicName[];
  /** Moves or counts money: it stops rather than skip records that Kafka has already dropped. */
  readonly money: boolean;
  /**
   * How long records may gather after some were handled, where nobody in a room would notice: a transaction costs nearly
   * the same for twenty events as for one. What comes after a quiet time is handled at once. 0: each always is.
   */
  readonly gatherMs: number;
}

export const groups = {
  save: { context: 'rooms', topics: ['rooms', 'donations'], money: false, gatherMs: 40 },
  'transfer-money': { context: 'ledger', topics: ['donations', 'people'], money: true, gatherMs: 0 },
  sponsor: { context: 'rooms', topics: ['donations'], money: true, gatherMs: 40 },
  goal: { context: 'rooms', topics: ['donations'], money: true, gatherMs: 40 },
  'queue-to-ws': { context: null, topics: ['rooms', 'donations', 'ledger'], money: false, gatherMs: 0 },
  auth: { context: 'auth', topics: ['rooms', 'people'], money: false, gatherMs: 40 },
  profiles: { context: 'profiles', topics: ['people'], money: false, gatherMs: 0 },
  friends: { context: 'friends', topics: ['people'], money: false, gatherMs: 0 },
} as const satisfies Record<string, GroupDefinition>;

export type GroupName = keyof typeof groups;
export type DatabaseGroup = {
  [G in GroupName]: (typeof groups)[G]['context'] extends null ? never : G;
}[GroupName];

/** The id on the broker; a namespace keeps several fleets apart on one. */
export function groupOnBroker(namespace: string, group: string): string {
  return namespace ? `${namespace}.${group}` : group;
}
