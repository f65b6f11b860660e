import type { Frame } from '../../shared/frame.ts';

/** An entry of what a room shows, as the one projection keeps it. */
export interface RoomEvent {
  readonly id: string;
  readonly ownerId: string;
  readonly type: string;
  /** Who may see it; null = everybody. */
  readonly subjects: readonly string[] | null;
  /** The frame's JSON, but for its place in the gateway's log. */
  readonly body: string;
  readonly createdAt: string;
}

/** An entry with its place in the room's order. */
export interface PlacedEvent {
  readonly position: number;
  /** When it happened, ms since 1970. */
  readonly atMs: number;
  readonly body: string;
}

/** The history's entry of a frame: the same id and the same fields. */
export function toRoomEvent(frame: Frame, ownerId: string): RoomEvent {
  const { id, type, topic, createdAt, fields, subjects } = frame;
  const body = JSON.stringify({ type, id, topic, created_at: createdAt, ...fields });
  return { id, ownerId, type, subjects, body, createdAt };
}
