/** What the gateway and the history say, read at the edge into the shapes that the rest of the page trusts. */

export type Json = Record<string, unknown>;

export interface Person {
  uuid: string;
  name: string;
}

export interface Goal {
  goalId: string;
  name: string;
  sum: string;
  requireSum: string;
  version: number;
  ended: boolean;
}

export interface Sponsorship {
  sponsor: Person | null;
  total: string;
  version: number;
}

interface Occurrence {
  id: string;
  /** Absent in what the history gives without a place in the room's one order. */
  seq?: number | undefined;
  createdAt: string;
}

export type RoomEvent = Occurrence &
  (
    | { kind: 'message'; from: Person; text: string; isPublic: boolean; to?: string; donateId?: string }
    | { kind: 'donate'; from: Person; sum: string; currency: string; comment?: string; refunded?: boolean }
    | { kind: 'donate_rejected'; donateId: string; reason: string }
    | { kind: 'donate_refunded'; donateId: string }
    | { kind: 'goal'; goal: Goal }
    | { kind: 'sponsor'; sponsorship: Sponsorship }
    | { kind: 'balance'; balance: string; currency: string; version: number }
  );

export type ControlFrame =
  | { type: 'welcome'; connectionId: string }
  | { type: 'subscribed'; topic: string; epoch: string; seq: number; recovered: boolean; count: number }
  | { type: 'position'; topic: string; epoch: string; seq: number }
  | { type: 'error'; code: number; message: string };

export type Frame = ControlFrame | { type: 'event'; topic: string; event: RoomEvent };

/** One frame's text → what it says, or null for what this page has no use for. */
export function readFrame(text: string): Frame | null {
  const json = parseObject(text);
  if (!json) return null;
  const topic = string(json.topic);
  const [epoch, seq] = [string(json.epoch), number(json.seq)];
  switch (json.type) {
    case 'welcome':
      return { type: 'welcome', connectionId: string(json.connection_id) };
    case 'subscribed':
      return {
        type: 'subscribed',
        topic,
        epoch,
        seq,
        recovered: json.recovered === true,
        count: number(json.count),
      };
    case 'position':
      return { type: 'position', topic, epoch, seq };
    case 'error':
      return { type: 'error', code: number(json.code), message: string(json.message) };
    default: {
      const event = readEvent(json);
      return event && { type: 'event', topic, event };
    }
  }
}

/** An event's frame, or one entry of the history, which has the same fields. */
export function readEvent(json: Json): RoomEvent | null {
  const id = string(json.id);
  if (id === '') return null;
  const base = {
    id,
    createdAt: string(json.created_at),
    ...(typeof json.seq === 'number' && { seq: json.seq }),
  };
  switch (json.type) {
    case 'message':
      return { ...base, kind: 'message', ...readMessage(json) };
    case 'donate':
      return { ...base, kind: 'donate', ...readDonate(json) };
    case 'donate_rejected':
      return {
        ...base,
        kind: 'donate_rejected',
        donateId: string(json.donate_id),
        reason: string(json.reason),
      };
    case 'donate_refunded':
      return { ...base, kind: 'donate_refunded', donateId: string(json.donate_id) };
    case 'goal':
    case 'end_goal':
      return { ...base, kind: 'goal', goal: readGoal(json, json.type === 'end_goal') };
    case 'change_sponsor':
      return { ...base, kind: 'sponsor', sponsorship: readSponsorship(json) };
    case 'balance': {
      const { balance, currency, version } = json;
      return {
        ...base,
        kind: 'balance',
        balance: string(balance),
        currency: string(currency),
        version: number(version),
      };
    }
    default:
      return null;
  }
}

/** An event of another topic (a person's own): its number says nothing about the place in the room's order. */
export function withoutPlace(event: RoomEvent): RoomEvent {
  return { ...event, seq: undefined };
}

export function readGoal(json: Json, ended: boolean): Goal {
  return {
    goalId: string(json.goal_id),
    name: string(json.name),
    sum: string(json.sum),
    requireSum: string(json.require_sum),
    version: number(json.version),
    ended,
  };
}

export function readSponsorship(json: Json): Sponsorship {
  const sponsor = isObject(json.sponsor) ? readPerson(json.sponsor) : null;
  return { sponsor, total: string(json.total), version: number(json.version) };
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function parseObject(text: string): Json | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

export function string(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function number(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}

function readPerson(value: unknown): Person {
  const json = isObject(value) ? value : {};
  const uuid = string(json.uuid);
  return { uuid, name: string(json.name).trim() || `guest ${uuid.slice(0, 4)}` };
}

function readMessage(json: Json) {
  return {
    from: readPerson(json.from),
    text: string(json.value),
    isPublic: json.is_public !== false && json.is_public !== 'false',
    ...(string(json.to) && { to: string(json.to) }),
    ...(string(json.donate_id) && { donateId: string(json.donate_id) }),
  };
}

function readDonate(json: Json) {
  const comment = isObject(json.message) ? string(json.message.message) : string(json.message);
  return {
    from: readPerson(json.from),
    sum: string(json.sum),
    currency: string(json.currency),
    ...(comment && { comment }),
    // The history says so of a donation that has gone back; in the room's own order a frame of its own does.
    ...(json.refunded === true && { refunded: true }),
  };
}
