import { type Row, type Transaction, fromSqlTime, toSqlTime } from '../../../shared/database.ts';
import { bytesToUuid, uuidToBytes, uuidToHex } from '../../../shared/ids.ts';
import type { PlacedEvent, RoomEvent } from '../room-event.ts';

/** How many of a room's newest entries are looked at for those within the window. */
const MAXIMUM_LOOKED_AT_ROWS = 200;
/** How many of a room's newest private entries are looked at for the people who have some. */
const MAXIMUM_SUBJECT_ROWS = 1_000;

/** @throws a duplicate key where another worker was faster: the transaction is run again and finds its rows */
export async function insertRoomEvents(tx: Transaction, entries: readonly RoomEvent[]): Promise<void> {
  if (entries.length === 0) return;
  const rows = entries.map((entry) => [
    uuidToHex(entry.id),
    uuidToHex(entry.ownerId),
    entry.type,
    entry.subjects === null,
    entry.body,
    toSqlTime(entry.createdAt),
  ]);
  await tx.change('INSERT INTO room_events (id, owner_id, type, is_public, body, created_at) VALUES ?', [rows]);
  await insertSubjects(tx, entries);
}

/** Positions are known only once the entries are there. */
async function insertSubjects(tx: Transaction, entries: readonly RoomEvent[]): Promise<void> {
  const subjects = new Map(entries.flatMap(({ id, subjects: some }) => (some ? [[id, some] as const] : [])));
  if (subjects.size === 0) return;
  const placed = await tx.select<Row & { id: Buffer; owner_id: Buffer; position: string }>(
    'SELECT id, owner_id, position FROM room_events WHERE id IN (?)',
    [[...subjects.keys()].map(uuidToBytes)],
  );
  const rows = placed.flatMap(({ id, owner_id, position }) =>
    (subjects.get(bytesToUuid(id)) ?? []).map((subject) => [owner_id, uuidToBytes(subject), position]),
  );
  await tx.change('INSERT INTO room_event_subjects (owner_id, subject, position) VALUES ?', [rows]);
}

/**
 * Marks the entries of donations that were given back, of those that are there. Once a donation: the mark is put behind
 * the last field, so that what was shown keeps its bytes.
 */
export async function markRefunded(tx: Transaction, donateIds: readonly string[]): Promise<void> {
  if (donateIds.length === 0) return;
  await tx.change(
    `UPDATE room_events SET body = CONCAT(LEFT(body, CHAR_LENGTH(body) - 1), ',"refunded":true}') WHERE id IN (?)`,
    [donateIds.map(uuidToBytes)],
  );
}

interface EventRow extends Row {
  position: string;
  id: Buffer;
  type: string;
  is_public: number;
  body: string;
  created_at: string;
}

/** A room's newest public entries since a time, newest first. */
export async function recentPublicEvents(
  tx: Transaction,
  ownerId: string,
  since: Date,
  limit: number,
): Promise<PlacedEvent[]> {
  const rows = await tx.select<EventRow>(
    `SELECT * FROM (
       SELECT position, body, created_at FROM room_events WHERE owner_id = ? AND is_public = 1
       ORDER BY position DESC LIMIT ${MAXIMUM_LOOKED_AT_ROWS}) newest
     WHERE created_at >= ? ORDER BY position DESC LIMIT ?`,
    [uuidToBytes(ownerId), toSqlTime(since), limit],
  );
  return rows.map(toPlaced);
}

/** The newest private entries of a room that one person may see, since a time, newest first. */
export async function recentPrivateEvents(
  tx: Transaction,
  ownerId: string,
  subject: string,
  since: Date,
  limit: number,
): Promise<PlacedEvent[]> {
  const rows = await tx.select<EventRow>(
    `SELECT * FROM (
       SELECT e.position, e.body, e.created_at FROM room_event_subjects s JOIN room_events e ON e.position = s.position
       WHERE s.owner_id = ? AND s.subject = ? ORDER BY s.position DESC LIMIT ${MAXIMUM_LOOKED_AT_ROWS}) newest
     WHERE created_at >= ? ORDER BY position DESC LIMIT ?`,
    [uuidToBytes(ownerId), uuidToBytes(subject), toSqlTime(since), limit],
  );
  return rows.map(toPlaced);
}

/** Who has private entries in a room since a time; null where that is too many rows to say. */
export async function recentSubjects(tx: Transaction, ownerId: string, since: Date): Promise<string[] | null> {
  const rows = await tx.select<Row & { subject: Buffer; created_at: string }>(
    `SELECT s.subject, e.created_at FROM room_event_subjects s JOIN room_events e ON e.position = s.position
     WHERE s.owner_id = ? ORDER BY s.position DESC LIMIT ${MAXIMUM_SUBJECT_ROWS}`,
    [uuidToBytes(ownerId)],
  );
  const recent = rows.filter((row) => Date.parse(fromSqlTime(row.created_at)) >= since.getTime());
  if (recent.length === MAXIMUM_SUBJECT_ROWS) return null;
  return [...new Set(recent.map((row) => bytesToUuid(row.subject)))];
}

/**
 * All of a room's entries, newest first, below a position; for operators. The index is named since otherwise it is read
 * by the room alone, from the newest entry down to the position: 1.2 s where a million lie above it.
 */
export async function listRoomEvents(
  tx: Transaction,
  ownerId: string,
  before: string | null,
  limit: number,
): Promise<{ position: string; isPublic: boolean; body: string }[]> {
  const below = before === null ? '' : 'AND position < CAST(? AS UNSIGNED)';
  const rows = await tx.select<EventRow>(
    `SELECT position, is_public, body FROM room_events FORCE INDEX (room_events_owner_id_position_index)
     WHERE owner_id = ? ${below} ORDER BY position DESC LIMIT ?`,
    [uuidToBytes(ownerId), ...(before === null ? [] : [before]), limit],
  );
  return rows.map((row) => ({ position: row.position, isPublic: row.is_public === 1, body: row.body }));
}

function toPlaced(row: EventRow): PlacedEvent {
  return { position: Number(row.position), atMs: Date.parse(fromSqlTime(row.created_at)), body: row.body };
}
