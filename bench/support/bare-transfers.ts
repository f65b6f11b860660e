import { randomBytes } from 'node:crypto';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import { bytesToUuid, uuidToBytes } from '../../shared/ids.ts';
import { numberOf, withScratch } from './admin.ts';
import { chunks } from './chunks.ts';
import { type Donors, FUND, pair } from './money.ts';
import type { Namespace } from './namespace.ts';

const PRICE = 100;
const ROWS_AN_INSERT = 1_000;
const TRANSFERS_A_TRANSACTION = 500;

/** Transfers a second by one way of writing them, on tables of its own. */
export function bareTransfers(
  namespace: Namespace,
  donors: Donors,
  transfers: number,
  connections: number,
  work: (connection: Connection, next: () => number | null) => Promise<void>,
): Promise<number> {
  return withScratch(namespace, async (_database, url) => {
    const opened = await Promise.all(Array.from({ length: connections }, () => createConnection({ uri: url })));
    const [first] = opened;
    if (!first) throw new Error('at least one connection is needed');
    await createTables(first, donors);
    let place = 0;
    const next = () => (place < transfers ? place++ : null);
    const from = performance.now();
    await Promise.all(opened.map((connection) => work(connection, next)));
    const seconds = (performance.now() - from) / 1_000;
    const total = await numberOf(first, 'SELECT SUM(balance) FROM accounts');
    const written = await numberOf(first, 'SELECT COUNT(*) FROM transfers');
    await Promise.all(opened.map((connection) => connection.end()));
    if (total !== donors.viewers.length * FUND || written !== transfers) {
      throw new Error(`the money of a peer is wrong: ${total} in all after ${written} transfers`);
    }
    return transfers / seconds;
  });
}

async function createTables(connection: Connection, { viewers, streamers }: Donors): Promise<void> {
  await connection.query('CREATE TABLE accounts (id BINARY(16) NOT NULL PRIMARY KEY, balance BIGINT NOT NULL)');
  await connection.query(
    `CREATE TABLE transfers (id BINARY(16) NOT NULL PRIMARY KEY, from_account BINARY(16) NOT NULL,
      to_account BINARY(16) NOT NULL, amount BIGINT NOT NULL, created_at DATETIME(6) NOT NULL)`,
  );
  await connection.query(
    `CREATE TABLE postings (id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, transfer_id BINARY(16) NOT NULL,
      account_id BINARY(16) NOT NULL, amount BIGINT NOT NULL, KEY (account_id, id))`,
  );
  const rows = [...viewers.map((id) => [uuidToBytes(id), FUND]), ...streamers.map((id) => [uuidToBytes(id), 0])];
  for (const chunk of chunks(rows, ROWS_AN_INSERT)) await connection.query('INSERT INTO accounts VALUES ?', [chunk]);
}

/** The transaction of the textbooks, one a donation. */
export function textbook(donors: Donors) {
  return async (connection: Connection, next: () => number | null): Promise<void> => {
    for (let at = next(); at !== null; at = next()) {
      const [viewer, streamer] = pair(donors, at).map(uuidToBytes) as [Buffer, Buffer];
      await connection.query('BEGIN');
      const lock = 'SELECT balance FROM accounts WHERE id = ? FOR UPDATE';
      const [rows] = await connection.execute(lock, [viewer]);
      if (!Array.isArray(rows) || rows.length !== 1) throw new Error('a viewer without an account');
      await connection.execute('UPDATE accounts SET balance = balance - ? WHERE id = ?', [PRICE, viewer]);
      await connection.execute('UPDATE accounts SET balance = balance + ? WHERE id = ?', [PRICE, streamer]);
      const row = [randomBytes(16), viewer, streamer, PRICE];
      await connection.execute('INSERT INTO transfers VALUES (?, ?, ?, ?, UTC_TIMESTAMP(6))', row);
      await connection.query('COMMIT');
    }
  };
}

/** The same money moved by one connection in transactions of 500 donations, with neither Kafka nor outbox around it. */
export function grouped(donors: Donors) {
  return async (connection: Connection, next: () => number | null): Promise<void> => {
    for (let places = take(next); places.length > 0; places = take(next)) {
      const pairs = places.map((at) => pair(donors, at));
      const transfers = pairs.map(([from, to]) => [randomBytes(16), uuidToBytes(from), uuidToBytes(to), PRICE]);
      const ids = transfers.map(([id]) => id);
      await connection.query('BEGIN');
      await connection.query('SELECT id FROM transfers WHERE id IN (?)', [ids]);
      const parties = [...new Set(pairs.flat())].sort().map(uuidToBytes);
      const lock = 'SELECT id, balance FROM accounts WHERE id IN (?) ORDER BY id FOR UPDATE';
      const [rows] = await connection.query<RowDataPacket[]>(lock, [parties]);
      const balances = new Map(rows.map(({ id, balance }) => [bytesToUuid(id as Buffer), Number(balance)]));
      for (const [from, to] of pairs) {
        balances.set(from, (balances.get(from) ?? 0) - PRICE);
        balances.set(to, (balances.get(to) ?? 0) + PRICE);
      }
      const now = new Date().toISOString().slice(0, 23).replace('T', ' ');
      await connection.query('INSERT INTO transfers VALUES ?', [transfers.map((row) => [...row, now])]);
      const postings = transfers.flatMap(([id, from, to]) => [
        [id, from, -PRICE],
        [id, to, PRICE],
      ]);
      await connection.query('INSERT INTO postings (transfer_id, account_id, amount) VALUES ?', [postings]);
      await connection.query('INSERT INTO accounts VALUES ? ON DUPLICATE KEY UPDATE balance = VALUES(balance)', [
        [...balances].map(([id, balance]) => [uuidToBytes(id), balance]),
      ]);
      await connection.query('COMMIT');
    }
  };
}

function take(next: () => number | null): number[] {
  const places: number[] = [];
  while (places.length < TRANSFERS_A_TRANSACTION) {
    const place = next();
    if (place === null) break;
    places.push(place);
  }
  return places;
}
