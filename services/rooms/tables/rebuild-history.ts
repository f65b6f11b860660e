import { type Parameter, type Row, toSqlTime, type Transaction } from '../../../shared/database.ts';
import { bytesToUuid, isUuid, uuidToBytes } from '../../../shared/ids.ts';
import { eachPage } from '../../../shared/proof.ts';
import { expectedEntry, type Source } from '../rebuild-entry.ts';
import type { RoomEvent } from '../room-event.ts';
import { insertRebuilt, rebuiltName, type RebuiltTable, type Wanted } from './rebuild.ts';
import {
  allSponsors,
  donationSources,
  messageSources,
  missingDonations,
  missingMessages,
  newestNames,
  type SponsorKey,
  SOURCES_PAGE_ROWS,
  sponsorSources,
} from './rebuild-sources.ts';

export const historyTables: readonly RebuiltTable[] = [
  { name: 'room_events', key: ['id'], compared: ['owner_id', 'type', 'is_public', 'body', 'created_at'] },
  { name: 'room_event_subjects', key: ['owner_id', 'subject', 'position'], compared: [] },
];
/** Missing entries wait here until all are known and can be put behind the others in the order of their times. */
export const lateTable: Wanted = { name: 'room_events_late', like: 'room_events' };

const EVENT_COLUMNS = ['id', 'owner_id', 'type', 'is_public', 'body', 'created_at'];
const SUBJECT_COLUMNS = ['owner_id', 'subject', 'position'];
/** Kinds that have their source in these tables; any other entry is taken over as it stands. */
const KNOWN_KINDS = ['message', 'donate', 'change_sponsor'];

interface EventRow extends Row {
  position: string;
  id: Buffer;
  owner_id: Buffer;
  type: string;
  is_public: number;
  body: string;
  created_at: string;
}

/**
 * The history out of messages, settled donations and told sponsors. What stands keeps its place; what is missing comes
 * behind, in the order of its times, since no table tells where between the others it stood.
 */
export async function buildHistory(tx: Transaction): Promise<void> {
  await eachPage<string>(SOURCES_PAGE_ROWS, async (after) => {
    const rows = await tx.select<EventRow>(
      `SELECT * FROM room_events WHERE position > ? ORDER BY position LIMIT ${SOURCES_PAGE_ROWS}`,
      [after ?? '0'],
    );
    await takeOver(tx, rows);
    return { rows: rows.length, last: rows.at(-1)?.position ?? null };
  });
  await eachPage<Buffer>(SOURCES_PAGE_ROWS, async (after) => addLate(tx, await missingMessages(tx, after)));
  await eachPage<Buffer>(SOURCES_PAGE_ROWS, async (after) => addLate(tx, await missingDonations(tx, after)));
  await eachPage<SponsorKey>(SOURCES_PAGE_ROWS, async (after) => addLate(tx, await allSponsors(tx, after)));
  await placeLate(tx);
}

async function takeOver(tx: Transaction, rows: readonly EventRow[]): Promise<void> {
  const sources = await sourcesOf(tx, rows);
  const names = await namesOf(tx, [...sources.values()]);
  const events: Parameter[][] = [];
  const subjects: Parameter[][] = [];
  const keptPlaces: string[] = [];
  for (const row of rows) {
    const source = sources.get(bytesToUuid(row.id));
    if (source === undefined && KNOWN_KINDS.includes(row.type)) continue;
    if (!source) {
      events.push([row.position, ...EVENT_COLUMNS.map((column) => row[column] as Parameter)]);
      keptPlaces.push(row.position);
      continue;
    }
    const entry = expectedEntry(source, row.body, (uuid) => names.get(uuid) ?? '');
    events.push([row.position, ...eventValues(entry)]);
    subjects.push(...subjectValues(entry, row.position));
  }
  await insertRebuilt(tx, 'room_events', ['position', ...EVENT_COLUMNS], events);
  await insertRebuilt(tx, 'room_event_subjects', SUBJECT_COLUMNS, [...subjects, ...(await subjectsAt(tx, keptPlaces))]);
}

/** By the entry's id: its source; null where it cannot be told and the entry stands as it is. */
async function sourcesOf(tx: Transaction, rows: readonly EventRow[]): Promise<Map<string, Source | null>> {
  const idsOf = (type: string) => rows.filter((row) => row.type === type).map((row) => row.id);
  const told = rows.filter((row) => row.type === 'change_sponsor');
  const changes = told.flatMap(({ owner_id: ownerId, body }) => {
    const version = versionOf(body);
    return version === null ? [] : [{ ownerId, version }];
  });
  const sponsors = await sponsorSources(tx, changes);
  return new Map<string, Source | null>([
    ...(await messageSources(tx, idsOf('message'))),
    ...(await donationSources(tx, idsOf('donate'))),
    ...sponsors.map((source) => [expectedEntry(source, null, () => '').id, source] as const),
  ]);
}

function versionOf(body: string): number | null {
  try {
    const { version } = JSON.parse(body) as { version?: unknown };
    return typeof version === 'number' ? version : null;
  } catch {
    return null;
  }
}

async function namesOf(tx: Transaction, sources: readonly (Source | null)[]): Promise<ReadonlyMap<string, string>> {
  const uuids = new Set(sources.flatMap((source) => source?.from?.uuid ?? []).filter(isUuid));
  return newestNames(tx, [...uuids].map(uuidToBytes));
}

async function subjectsAt(tx: Transaction, places: readonly string[]): Promise<Parameter[][]> {
  if (places.length === 0) return [];
  const rows = await tx.select<Row & { owner_id: Buffer; subject: Buffer; position: string }>(
    `SELECT owner_id, subject, position FROM room_event_subjects WHERE position IN (?)`,
    [places],
  );
  return rows.map((row) => [row.owner_id, row.subject, row.position]);
}

async function addLate<K>(
  tx: Transaction,
  { sources, page }: { sources: readonly Source[]; page: { rows: number; last: K | null } },
): Promise<{ rows: number; last: K | null }> {
  const names = await namesOf(tx, sources);
  const entries = sources.map((source) => expectedEntry(source, null, (uuid) => names.get(uuid) ?? ''));
  const missing = await withoutEntry(tx, entries);
  await insertRebuilt(tx, lateTable.name, EVENT_COLUMNS, missing.map(eventValues));
  return page;
}

async function withoutEntry(tx: Transaction, entries: readonly RoomEvent[]): Promise<RoomEvent[]> {
  if (entries.length === 0) return [];
  const rows = await tx.select<Row & { id: Buffer }>(`SELECT id FROM ${rebuiltName('room_events')} WHERE id IN (?)`, [
    entries.map(({ id }) => uuidToBytes(id)),
  ]);
  const known = new Set(rows.map(({ id }) => bytesToUuid(id)));
  return entries.filter(({ id }) => !known.has(id));
}

/** Both tables are this transaction's own, so that what one is filled with out of the other is nobody else's. */
async function placeLate(tx: Transaction): Promise<void> {
  const columns = EVENT_COLUMNS.join(', ');
  const events = rebuiltName('room_events');
  await tx.change(
    `INSERT INTO ${events} (${columns}) SELECT ${columns} FROM ${rebuiltName(lateTable.name)} ORDER BY created_at, position`,
  );
  await eachPage<string>(SOURCES_PAGE_ROWS, async (after) => {
    const rows = await tx.select<EventRow>(
      `SELECT e.* FROM ${events} e JOIN ${rebuiltName(lateTable.name)} late ON late.id = e.id
       WHERE e.position > ? AND e.is_public = 0 ORDER BY e.position LIMIT ${SOURCES_PAGE_ROWS}`,
      [after ?? '0'],
    );
    const sources = await sourcesOf(tx, rows);
    const subjects = rows.flatMap((row) => {
      const source = sources.get(bytesToUuid(row.id));
      return source
        ? subjectValues(
            expectedEntry(source, row.body, () => ''),
            row.position,
          )
        : [];
    });
    await insertRebuilt(tx, 'room_event_subjects', SUBJECT_COLUMNS, subjects);
    return { rows: rows.length, last: rows.at(-1)?.position ?? null };
  });
}

function eventValues(entry: RoomEvent): Parameter[] {
  return [
    uuidToBytes(entry.id),
    uuidToBytes(entry.ownerId),
    entry.type,
    entry.subjects === null,
    entry.body,
    toSqlTime(entry.createdAt),
  ];
}

function subjectValues({ ownerId, subjects }: RoomEvent, position: string): Parameter[][] {
  return (subjects ?? []).map((subject) => [uuidToBytes(ownerId), uuidToBytes(subject), position]);
}
