import { fromSqlTime, type Parameter, type Row, toSqlTime, type Transaction } from '../../../shared/database.ts';
import { bytesToUuid, uuidToBytes } from '../../../shared/ids.ts';
import type { PersonStatus } from '../person.ts';
import type { Place, RelationLine } from '../relation.ts';

/** Where a person's relations stand: each source has them in its index, newest first. */
interface Source {
  readonly columns: string;
  readonly from: string;
  readonly where: string;
  readonly at: string;
  readonly other: string;
}

const pairs = (mine: 'low' | 'high', other: 'low' | 'high'): Source => ({
  columns: `${other} AS other, state, requested_by, changed_at`,
  from: `friendships FORCE INDEX (friendships_${mine}_changed_at_${other}_index)`,
  where: `${mine} = ? AND state <> 'none'`,
  at: 'changed_at',
  other,
});

const SOURCES: readonly Source[] = [
  pairs('low', 'high'),
  pairs('high', 'low'),
  {
    columns: "blocked AS other, 'blocked' AS state, NULL AS requested_by, created_at AS changed_at",
    from: 'blocks FORCE INDEX (blocks_blocker_created_at_blocked_index)',
    where: 'blocker = ?',
    at: 'created_at',
    other: 'blocked',
  },
];

interface RelationRow extends Row {
  other: Buffer;
  state: 'requested' | 'friends' | 'blocked';
  requested_by: Buffer | null;
  changed_at: string;
  name: string | null;
  status: PersonStatus | null;
}

/**
 * A person's relations, newest change first. Nobody is in them twice: while anybody blocks, a pair's own state is none.
 * @param before only what comes behind this place; null: from the newest
 */
export async function listRelations(
  tx: Transaction,
  person: string,
  before: Place | null,
  limit: number,
): Promise<RelationLine[]> {
  const parts = SOURCES.map((source) => selectOf(source, person, before, limit));
  const rows = await tx.select<RelationRow>(
    `SELECT r.other, r.state, r.requested_by, r.changed_at, p.name, p.status FROM
       (${parts.map(({ sql }) => `(${sql})`).join(' UNION ALL ')}) r
       LEFT JOIN people p ON p.uuid = r.other ORDER BY r.changed_at DESC, r.other DESC LIMIT ?`,
    [...parts.flatMap(({ parameters }) => parameters), limit],
  );
  return rows.map((row) => ({
    list: listOf(row, person),
    uuid: bytesToUuid(row.other),
    name: row.name ?? '',
    status: row.status ?? 'active',
    since: fromSqlTime(row.changed_at),
  }));
}

function selectOf({ columns, from, where, at, other }: Source, person: string, before: Place | null, limit: number) {
  const behind = before ? ` AND ${at} <= ? AND (${at} < ? OR ${other} < ?)` : '';
  const time = before && toSqlTime(new Date(before.atMs));
  const parameters: Parameter[] = [
    uuidToBytes(person),
    ...(before ? [time, time, uuidToBytes(before.uuid)] : []),
    limit,
  ];
  const sql = `SELECT ${columns} FROM ${from} WHERE ${where}${behind} ORDER BY ${at} DESC, ${other} DESC LIMIT ?`;
  return { sql, parameters };
}

function listOf({ state, requested_by: by }: RelationRow, person: string): RelationLine['list'] {
  if (state !== 'requested') return state;
  return by !== null && bytesToUuid(by) === person ? 'outgoing' : 'incoming';
}
