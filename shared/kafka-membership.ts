import ConsumerGroup from 'kafkajs/src/consumer/consumerGroup.js';
import { invariant } from './errors.ts';
import { inheritedMemberIds, tellMember } from './member-ids.ts';

/**
 * Lets a consumer that starts again go on as the member that it was (ADR 10). A member that died is waited for by its
 * whole group until its session runs out, 10 s; one that comes back under its id takes up its partitions at once, and the
 * others notice nothing. kafkajs 2.2.4 begins each start as somebody new.
 *
 * - Within a process, where kafkajs starts a consumer again after the broker was away: the id is kept by its cluster.
 * - From a process to its successor: through the supervisor (member-ids.ts). Two that live never have the same.
 *
 * Nothing of a member needs more than its id: what a group has done is in its committed offsets. An id that the broker
 * no longer knows costs one round trip: it says so, and kafkajs joins as somebody new.
 */
const held = new WeakMap<object, string>();
const inherited = inheritedMemberIds();

const { joinAndSync, leave } = ConsumerGroup.prototype;
invariant(
  [joinAndSync, leave].every((method) => typeof method === 'function'),
  'this kafkajs is not the one that shared/kafka-membership.ts builds on: look how a member can keep its id',
);

/** Groups that outlive a process: those for one reader alone have a new name each time, and nobody to inherit from. */
const lasting = new Set<string>();

/** Says that whoever comes after this process will join this group too. To be said before it is joined. */
export function keepPlaceIn(group: string): void {
  lasting.add(group);
}

ConsumerGroup.prototype.joinAndSync = async function join() {
  const { cluster, groupId } = this;
  const isFresh = this.generationId === null;
  if (isFresh) {
    // Each id goes to one consumer only, which may need several attempts.
    const id = inherited.get(groupId);
    if (id !== undefined && inherited.delete(groupId)) held.set(cluster, id);
    this.memberId = held.get(cluster) ?? null;
  }
  await joinAndSync.call(this);
  if (!this.memberId || (!isFresh && held.get(cluster) === this.memberId)) return;
  held.set(cluster, this.memberId);
  if (lasting.has(groupId)) tellMember(groupId, this.memberId);
};

ConsumerGroup.prototype.leave = async function leaveForGood() {
  await leave.call(this);
  if (held.delete(this.cluster) && lasting.has(this.groupId)) tellMember(this.groupId, null);
};
