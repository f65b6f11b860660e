import type { Product } from '../../e2e/support/product.ts';
import type { Answer } from '../../e2e/support/visitor.ts';
import { formatAmount } from '../../shared/amount.ts';
import { type Database, fromSqlTime, type Row } from '../../shared/database.ts';
import { bytesToUuid, uuidToBytes } from '../../shared/ids.ts';
import type { History } from '../history.ts';
import { patiently } from './pages.ts';
import { violations, type Violations } from './violations.ts';

type Asked = Pick<Product, 'rooms' | 'visitor'>;

/** contract.md, 2.1: the last 10 minutes, at most 20. */
const WINDOW_MS = 10 * 60_000;
const MAXIMUM_EVENTS = 20;
/** How many of a room's newest entries are looked at for those. */
const LOOKED_AT_ROWS = 200;
const MAXIMUM_TRIES = 5;

/**
 * I9: what the API answers of each room, to its owner and to each of its viewers, is what the tables say. To be asked
 * within 30 s of the last change: a stale entry of the cache ends by itself then.
 */
export async function checkCache(product: Asked, history: History): Promise<Violations> {
  const stale: string[] = [];
  const wrongGoals: string[] = [];
  const wrongSponsors: string[] = [];
  for (const room of history.rooms) {
    const viewers = history.seen.filter((seen) => seen.room === room).map(({ by }) => by);
    for (const subject of new Set([room, ...viewers])) {
      if (!(await isHistoryFresh(product, room, subject))) stale.push(`${room}/${subject}`);
    }
    const [subject = room] = viewers;
    if (!(await isGoalFresh(product, room, subject))) wrongGoals.push(room);
    if (!(await isSponsorFresh(product, room, subject))) wrongSponsors.push(room);
  }
  return [
    ...violations('I9', 'the history is not what the tables have', stale),
    ...violations('I9', 'the goal is not what the tables have', wrongGoals),
    ...violations('I9', 'the sponsor is not what the tables have', wrongSponsors),
  ];
}

/** @throws where no answer but a refusal comes */
async function ask(product: Asked, path: string, room: string, subject: string): Promise<Answer['body']> {
  const visitor = product.visitor({ sub: subject, type: subject === room ? 'user' : 'client' });
  let status = 0;
  for (let tries = 0; tries < MAXIMUM_TRIES; tries++) {
    const answer = await visitor.get(`${path}?owner_id=${room}`).catch(() => null);
    if (answer?.status === 200) return answer.body;
    status = answer?.status ?? 0;
  }
  throw new Error(`GET ${path} of the room ${room} was answered ${status}`);
}

async function isHistoryFresh(product: Asked, room: string, subject: string): Promise<boolean> {
  const from = Date.now();
  const { events } = await ask(product, '/chat/event/history', room, subject);
  const answered = Array.isArray(events) ? events.map((event) => JSON.stringify(event)) : [];
  const entries = await newestEntries(product.rooms, room, subject);
  return isWithin(answered, newestOf(entries, from - WINDOW_MS), newestOf(entries, Date.now() - WINDOW_MS));
}

export interface Entry {
  readonly position: bigint;
  readonly atMs: number;
  readonly body: string;
}

/** Entries since a time as the API gives them, newest first. */
export function newestOf(entries: readonly Entry[], sinceMs: number): string[] {
  return entries
    .filter(({ atMs }) => atMs >= sinceMs)
    .sort((one, other) => Number(other.position - one.position))
    .slice(0, MAXIMUM_EVENTS)
    .map(({ body }) => JSON.stringify(JSON.parse(body)));
}

/** True for what the window could show while it moved from one list to the other: entries may leave it at its end. */
export function isWithin(answered: readonly string[], first: readonly string[], last: readonly string[]): boolean {
  const isPartOf = (some: readonly string[], all: readonly string[]) => {
    let at = 0;
    for (const one of all) if (one === some[at]) at++;
    return at === some.length;
  };
  return isPartOf(last, answered) && isPartOf(answered, first);
}

async function newestEntries(rooms: Database, room: string, subject: string): Promise<Entry[]> {
  const columns = 'e.position, e.body, e.created_at';
  const [open, own] = await patiently(() =>
    Promise.all([
      rooms.select<Row & { position: string; body: string; created_at: string }>(
        `SELECT ${columns} FROM room_events e WHERE e.owner_id = ? AND e.is_public = 1
         ORDER BY e.position DESC LIMIT ${LOOKED_AT_ROWS}`,
        [uuidToBytes(room)],
      ),
      rooms.select<Row & { position: string; body: string; created_at: string }>(
        `SELECT ${columns} FROM room_event_subjects s JOIN room_events e ON e.position = s.position
         WHERE s.owner_id = ? AND s.subject = ? AND e.is_public = 0 ORDER BY s.position DESC LIMIT ${LOOKED_AT_ROWS}`,
        [uuidToBytes(room), uuidToBytes(subject)],
      ),
    ]),
  );
  return [...open, ...own].map(({ position, body, created_at }) => {
    return { position: BigInt(position), atMs: Date.parse(fromSqlTime(created_at)), body };
  });
}

interface GoalRow extends Row {
  id: Buffer;
  sum: string;
  require_sum: string;
  currency: string;
  version: string;
}

async function isGoalFresh(product: Asked, room: string, subject: string): Promise<boolean> {
  const { goal, ended } = await ask(product, '/chat/goal', room, subject);
  const newest = async (which: string) => {
    const sql = `SELECT id, sum, require_sum, currency, version FROM goals WHERE user_id = ? AND ${which} LIMIT 1`;
    const [row] = await patiently(() => product.rooms.select<GoalRow>(sql, [uuidToBytes(room)]));
    return row ?? null;
  };
  const open = await newest('ended_by IS NULL ORDER BY position');
  const last = await newest('ended_by IS NOT NULL ORDER BY version DESC');
  return isGoal(goal, open) && isGoal(ended, last);
}

function isGoal(answered: unknown, row: GoalRow | null): boolean {
  if (row === null || typeof answered !== 'object' || answered === null) return row === null && answered === null;
  const { goal_id, sum, require_sum, version } = answered as Record<string, unknown>;
  const sums = sum === formatAmount(BigInt(row.sum), row.currency);
  const required = require_sum === formatAmount(BigInt(row.require_sum), row.currency);
  return goal_id === bytesToUuid(row.id) && sums && required && version === Number(row.version);
}

async function isSponsorFresh(product: Asked, room: string, subject: string): Promise<boolean> {
  const { sponsor, total, version } = await ask(product, '/chat/sponsor', room, subject);
  type Top = { client_id: Buffer | null; version: string; total: string | null; currency: string | null };
  const [row] = await patiently(() =>
    product.rooms.select<Row & Top>(
      `SELECT t.client_id, t.version, d.total, d.currency FROM sponsor_tops t
       LEFT JOIN donor_totals d ON d.user_id = t.user_id AND d.client_id = t.client_id WHERE t.user_id = ?`,
      [uuidToBytes(room)],
    ),
  );
  const uuid = typeof sponsor === 'object' && sponsor !== null ? (sponsor as { uuid?: unknown }).uuid : null;
  const holder = row?.client_id ? bytesToUuid(row.client_id) : null;
  const sum = row?.currency ? total === formatAmount(BigInt(row.total ?? 0), row.currency) : true;
  return uuid === holder && sum && version === Number(row?.version ?? 0);
}
