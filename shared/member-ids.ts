/**
 * How a process that is started again learns as which members of its consumer groups its predecessor died: each process
 * tells its supervisor, on their IPC channel, and the supervisor hands the ids of one that it has seen die to the next.
 */

/** The variable with the ids that a process inherits, a JSON object by group; set, be it to {}, where ids are heard. */
export const MEMBER_IDS_VARIABLE = 'KAFKA_MEMBER_IDS';

/** `id` is null once the process has left the group. */
export interface MemberMessage {
  readonly member: { readonly group: string; readonly id: string | null };
}

export function isMemberMessage(message: unknown): message is MemberMessage {
  const member = (message as Partial<MemberMessage> | null)?.member;
  return typeof member?.group === 'string' && (member.id === null || typeof member.id === 'string');
}

/** Tells the supervisor, where there is one that listens. */
export function tellMember(group: string, id: string | null): void {
  if (process.env[MEMBER_IDS_VARIABLE] === undefined || !process.connected) return;
  process.send?.({ member: { group, id } } satisfies MemberMessage);
}

/** The ids that this process inherits, by group. */
export function inheritedMemberIds(): Map<string, string> {
  return readMemberIds(process.env[MEMBER_IDS_VARIABLE]);
}

/** The ids by group. What cannot be read is left out: the group then waits until the dead member's session has run out. */
export function readMemberIds(text: string | undefined): Map<string, string> {
  try {
    const ids: unknown = JSON.parse(text ?? '{}');
    return new Map(
      Object.entries(ids ?? {}).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    );
  } catch {
    return new Map();
  }
}
