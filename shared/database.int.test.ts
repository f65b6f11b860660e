import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type Database,
  errorNumber,
  fromSqlTime,
  isCheckViolation,
  isOutOfReach,
  openDatabase,
  toMicroseconds,
  toSqlTime,
} from './database.ts';
import { administer, scratchDatabase, type TestDatabase } from './testing/database.ts';
import { until } from './testing/until.ts';

let on: TestDatabase;
let database: Database;
beforeAll(async () => {
  on = await scratchDatabase(async (knex) => {
    await knex.schema.createTable('accounts', (table) => {
      table.integer('id').primary();
      table.specificType('balance', 'BIGINT NOT NULL CHECK (balance >= 0)');
      table.specificType('at', 'DATETIME(6) NULL');
      table.specificType('note', 'VARCHAR(100) CHARACTER SET utf8mb4 NULL');
    });
  });
  database = on.database;
});
beforeEach(async () => {
  await database.change('DELETE FROM accounts');
  await database.change('INSERT INTO accounts (id, balance) VALUES ?', [
    [
      [1, 100],
      [2, 100],
    ],
  ]);
});
afterAll(() => on.drop());

const balance = async (id: number) => {
  const [row] = await database.select<{ balance: string }>('SELECT balance FROM accounts WHERE id = ?', [id]);
  return row?.balance;
};

describe('a transaction', () => {
  test('keeps all of its work or none of it', async () => {
    await database.transaction(async (tx) => {
      await tx.change('UPDATE accounts SET balance = balance - 10 WHERE id = 1');
      await tx.change('UPDATE accounts SET balance = balance + 10 WHERE id = 2');
    });
    const failing = database.transaction(async (tx) => {
      await tx.change('UPDATE accounts SET balance = 0 WHERE id = 1');
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    expect([await balance(1), await balance(2)]).toEqual(['90', '110']);
  });

  test('runs again after a deadlock, and both sides end with their work done', async () => {
    const met = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
    let runs = 0;
    const move = (from: number, to: number, at: 0 | 1) =>
      database.transaction(async (tx) => {
        runs++;
        await tx.change('UPDATE accounts SET balance = balance - 1 WHERE id = ?', [from]);
        met[at].resolve();
        await met[at === 0 ? 1 : 0].promise; // both hold their first row before either asks for its second
        await tx.change('UPDATE accounts SET balance = balance + 1 WHERE id = ?', [to]);
      });
    await Promise.all([move(1, 2, 0), move(2, 1, 1)]);
    expect(runs).toBeGreaterThan(2);
    expect([await balance(1), await balance(2)]).toEqual(['100', '100']);
  });

  test('that meets a duplicate key runs again, and then sees the row that was faster', async () => {
    const seen: boolean[] = [];
    const insertOnce = () =>
      database.transaction(async (tx) => {
        const [row] = await tx.select('SELECT id FROM accounts WHERE id = 3');
        seen.push(row !== undefined);
        if (!row) await tx.change('INSERT INTO accounts (id, balance) VALUES (3, 0)');
      });
    await Promise.all([insertOnce(), insertOnce(), insertOnce()]);
    expect(seen).toContain(true);
    await expect(
      database.transaction((tx) => tx.change('INSERT INTO accounts (id, balance) VALUES (3, 0)')),
    ).rejects.toMatchObject({ errno: 1062 });
  });

  test('reads what others have committed meanwhile', async () => {
    await database.transaction(async (tx) => {
      await tx.select('SELECT balance FROM accounts WHERE id = 1');
      await database.change('UPDATE accounts SET balance = 7 WHERE id = 1');
      expect(await tx.select('SELECT balance FROM accounts WHERE id = 1')).toEqual([{ balance: '7' }]);
    });
  });

  test('of a snapshot sees one instant and its own writes, while others go on', async () => {
    await database.snapshot(async (tx) => {
      await database.change('UPDATE accounts SET balance = 7 WHERE id = 1');
      await tx.change('INSERT INTO accounts (id, balance) VALUES (3, 5)');
      expect(await tx.select('SELECT id, balance FROM accounts ORDER BY id')).toEqual([
        { id: 1, balance: '100' },
        { id: 2, balance: '100' },
        { id: 3, balance: '5' },
      ]);
    });
    expect([await balance(1), await balance(3)]).toEqual(['7', '5']);
  });

  test('that breaks a check fails with an error that names it as such', async () => {
    const failing = database.transaction((tx) => tx.change('UPDATE accounts SET balance = -1 WHERE id = 1'));
    const error: unknown = await failing.catch((thrown: unknown) => thrown);
    expect(isCheckViolation(error)).toBe(true);
    expect(await balance(1)).toBe('100');
  });
});

describe('an error of the driver', () => {
  const secret = '+12015550123';

  test('says nothing of the values of its statement', async () => {
    const failed = database.select(`SELECT nothing FROM accounts WHERE id = ? AND name = ?`, [1, secret]);
    const error = await failed.then(
      () => null,
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ errno: 1054 });
    expect(inspect(error)).not.toContain(secret);
  });

  test('nor of the value that is there already', async () => {
    const failed = database.change('INSERT INTO accounts (id, balance) VALUES ?', [
      [
        [987_654_321, 1],
        [987_654_321, 1],
      ],
    ]);
    const error = await failed.then(
      () => null,
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ errno: 1062, message: expect.stringContaining('Duplicate entry') });
    expect(inspect(error)).not.toContain('987654321');
  });
});

describe('values', () => {
  test('sums come back exact, far beyond what a float holds', async () => {
    await database.change('UPDATE accounts SET balance = ? WHERE id = 1', [9_007_199_254_740_993n]);
    expect(await balance(1)).toBe('9007199254740993');
  });

  test('text of four bytes a character is kept', async () => {
    await database.change('UPDATE accounts SET note = ? WHERE id = 1', ['👩‍👩‍👧 Grüße']);
    expect(await database.select('SELECT note FROM accounts WHERE id = 1')).toEqual([{ note: '👩‍👩‍👧 Grüße' }]);
  });

  test('whatever an instant is written as, its text is the one that it is reckoned to', () => {
    const digits = fc.integer({ min: 0, max: 999 }).map((number) => String(number).padStart(3, '0'));
    const instants = fc.date({ min: new Date(0), max: new Date('9999-12-30'), noInvalidDate: true });
    const zone = fc.constantFrom('Z', '+00:00', '-03:30');
    fc.assert(
      fc.property(instants, digits, zone, (date, micros, suffix) => {
        const local = date.toISOString().slice(0, -1);
        const time = `${local}${micros}${suffix}`;
        const shift = suffix === '-03:30' ? 12_600_000 : 0;
        const reckoned = new Date(date.getTime() + shift).toISOString().slice(0, -1).replace('T', ' ');
        expect(toSqlTime(time)).toBe(reckoned + micros);
      }),
    );
  });

  test('an instant is kept in UTC, whatever the server’s zone', async () => {
    const instant = '2026-11-21T23:59:59.123Z';
    await database.change('UPDATE accounts SET at = ? WHERE id = 1', [toSqlTime(instant)]);
    const [row] = await database.select<{ at: string }>('SELECT at FROM accounts WHERE id = 1');
    expect(fromSqlTime(row?.at ?? '')).toBe(instant);
    expect(toSqlTime('2026-11-22T01:59:59.123+02:00')).toBe(toSqlTime(new Date(instant)));
    expect(toSqlTime('2026-11-21T23:59:59.1234567Z')).toBe('2026-11-21 23:59:59.123456');
    expect(toMicroseconds('1970-01-01T00:00:01.0023Z')).toBe(1_002_300);
    expect(fromSqlTime('2026-11-21 00:00:00')).toBe('2026-11-21T00:00:00.000Z');
    expect(fromSqlTime('2026-11-21 00:00:00.123456')).toBe('2026-11-21T00:00:00.123456Z');
  });
});

describe('a server out of reach', () => {
  test('is a retriable error, for a statement and for a transaction', async () => {
    const url = new URL(on.url);
    url.port = '9';
    const away = openDatabase(url.href, 1);
    const unavailable = { code: 'database-unavailable', retriable: true };
    await expect(away.select('SELECT 1')).rejects.toMatchObject(unavailable);
    await expect(away.transaction((tx) => tx.select('SELECT 1'))).rejects.toMatchObject(unavailable);
    await away.close();
  });

  test('in the middle of a transaction rolls it back, and the next gets a fresh connection', async () => {
    const cut = database.transaction(async (tx) => {
      await tx.change('UPDATE accounts SET balance = 0 WHERE id = 1');
      const [row] = await tx.select<{ id: string }>('SELECT CONNECTION_ID() AS id');
      await administer(`KILL ${Number(row?.id)}`);
      await tx.change('UPDATE accounts SET balance = 0 WHERE id = 2');
    });
    await expect(cut).rejects.toMatchObject({ code: 'database-unavailable', retriable: true });
    await until(async () => (await balance(1)) === '100');
  });

  test('a process that is stopped holds nobody up with rows that it has only locked', async () => {
    const pool = openDatabase(on.url, 1, { idleTransactionS: 1 });
    const woken = Promise.withResolvers<void>();
    const locked = Promise.withResolvers<void>();
    const stopped = pool.transaction(async (tx) => {
      await tx.select('SELECT id FROM accounts WHERE id = 1 FOR UPDATE');
      locked.resolve();
      await woken.promise;
      await tx.change('UPDATE accounts SET balance = 0 WHERE id = 1');
    });
    await locked.promise;
    await database.change('UPDATE accounts SET balance = balance WHERE id = 1');
    woken.resolve();
    await expect(stopped).rejects.toMatchObject({ code: 'database-unavailable', retriable: true });
    expect(await balance(1)).toBe('100');
    await pool.close();
  });

  test('an idle connection that is cut harms nobody', async () => {
    const pool = openDatabase(on.url, 1);
    const [row] = await pool.select<{ id: string }>('SELECT CONNECTION_ID() AS id');
    await administer(`KILL ${Number(row?.id)}`);
    await until(async () => (await pool.select('SELECT 1 AS one')).length === 1);
    await pool.close();
  });

  test('that does not answer in time is given up, and its connection with it', async () => {
    const pool = openDatabase(on.url, 1, { statementTimeoutMs: 300 });
    const unavailable = { code: 'database-unavailable', retriable: true };
    const idBy = async (asked: Pick<Database, 'select'>) =>
      (await asked.select<{ id: string }>('SELECT CONNECTION_ID() AS id'))[0]?.id;
    // Any statement may be late here, for 300 ms are little on a busy machine: such a one is asked again.
    const givenUp = [await until(() => idBy(pool))];
    await expect(pool.select('SELECT SLEEP(5)')).rejects.toMatchObject(unavailable);
    const transaction = pool.transaction(async (tx) => {
      givenUp.push((await idBy(tx)) ?? '');
      await tx.select('SELECT SLEEP(5)');
    });
    await expect(transaction).rejects.toMatchObject(unavailable);
    // One that was kept would answer too, once it has slept.
    expect(givenUp).not.toContain(await until(() => idBy(pool)));
    await pool.close();
  });

  test('is told from other errors', () => {
    expect(
      [null, undefined, 'ECONNREFUSED', new Error('no'), { errno: -111 }].map((error) => errorNumber(error)),
    ).toEqual([0, 0, 0, 0, 0]);
    expect(isOutOfReach({ errno: 2013 })).toBe(true);
    expect(isOutOfReach(Object.assign(new Error('x'), { code: 'ECONNRESET' }))).toBe(true);
    expect(isOutOfReach({ errno: 1062, code: 'ER_DUP_ENTRY', message: 'Duplicate entry' })).toBe(false);
    expect(isOutOfReach(null)).toBe(false);
  });
});
