import type { Connection, RowDataPacket } from 'mysql2/promise';
import { errorNumber } from '../../shared/database.ts';
import { uuidToBytes } from '../../shared/ids.ts';
import type { Fault, Stand } from '../fault.ts';
import { replicaBehind } from './replica.ts';
import { killRepeatedly, untilShownAgain } from './servers.ts';
import { withSession } from './sessions.ts';

/** Faults of the database. */

const LOST_LOCKS = 20;
const SHOWN_LIMIT_MS = 60_000;

/** The session whose lock makes a process the one relay is killed each second: for a moment there may be two. */
async function killRelays(stand: Stand): Promise<void> {
  let killed = 0;
  await withSession(stand.product.servers.DATABASE_URL, async (session) => {
    for (let at = 0; at < LOST_LOCKS; at++) {
      for (const { name } of [stand.product.rooms, stand.product.ledger]) {
        const [[row]] = await session.query<RowDataPacket[]>('SELECT IS_USED_LOCK(?) AS holder', [`relay:${name}`]);
        if (!row?.['holder']) continue;
        stand.injected(`KILL the relay of ${name}`);
        await session.query(`KILL ${Number(row['holder'])}`).then(
          () => killed++,
          () => undefined, // it went by itself
        );
      }
      await stand.pause(1_000);
    }
  });
  stand.say(`  ${killed} sessions of relays were killed`);
  if (killed < LOST_LOCKS) stand.violated(`row 8: only ${killed} relays were there to be killed in ${LOST_LOCKS} s`);
}

const AT_ONCE = 8;
const BETWEEN_LOCKS_MS = 5;

/** A job that changes accounts in the order of their ids reversed, against everybody else's order. */
async function deadlock(stand: Stand): Promise<void> {
  const until = performance.now() + stand.ms;
  stand.injected('accounts locked in reverse order');
  const before = await statusOf(stand, 'Innodb_deadlocks');
  await withSession(stand.product.servers.DATABASE_URL, async (session) => {
    await session.query(`USE \`${stand.product.ledger.name}\``);
    while (performance.now() < until) {
      const ids = Array.from({ length: AT_ONCE }, () => busyAccount(stand))
        .sort(Buffer.compare)
        .reverse();
      await changeInOrder(stand, session, ids);
    }
  });
  const deadlocks = (await statusOf(stand, 'Innodb_deadlocks')) - before;
  stand.say(`  ${deadlocks} deadlocks`);
  if (deadlocks === 0) stand.violated('row 23: there was no deadlock, so that nothing was shown');
}

async function changeInOrder(stand: Stand, session: Connection, ids: readonly Buffer[]): Promise<void> {
  try {
    await session.beginTransaction();
    for (const id of ids) {
      await session.query('UPDATE accounts SET balance = balance WHERE id = ?', [id]);
      await stand.pause(BETWEEN_LOCKS_MS);
    }
    await session.commit();
  } catch (error) {
    await session.rollback();
    if (![1213, 1205].includes(errorNumber(error))) throw error;
  }
}

/** A streamer's, or somebody's who has just given. */
function busyAccount({ load, random }: Stand): Buffer {
  const { by, room } = load.requests[load.requests.length - 1 - random.below(Math.min(50, load.requests.length))] ?? {};
  return uuidToBytes((random.below(2) === 0 ? by : room) ?? (load.rooms[0] as string));
}

const HELD_MS = 10_000;

/** Somebody holds a streamer's account for longer than anybody waits for it: whoever waited starts over, in whole. */
async function holdRow(stand: Stand): Promise<void> {
  const before = await statusOf(stand, 'Innodb_row_lock_waits');
  const { back } = stand.injected('a row of accounts held for 10 s');
  await withSession(stand.product.servers.DATABASE_URL, async (session) => {
    await session.query(`USE \`${stand.product.ledger.name}\``);
    await session.beginTransaction();
    const room = uuidToBytes(stand.load.rooms[0] as string);
    await session.query('SELECT id FROM accounts WHERE id = ? FOR UPDATE', [room]);
    await stand.pause(HELD_MS);
    await session.rollback();
    back();
  });
  const waits = (await statusOf(stand, 'Innodb_row_lock_waits')) - before;
  stand.say(`  ${waits} waits for locks`);
  if (waits === 0) stand.violated('row 24: nobody waited for the row, so that nothing was shown');
}

/** The server takes no fewer than 10. */
const FEW = 5;
const USUAL = 500;
const FEW_MS = 20_000;

/** There are connections for a few only, and all that there were are ended first. */
async function exhaust(stand: Stand): Promise<void> {
  const { back } = stand.injected('max_connections = 5');
  const refusedBefore = await statusOf(stand, 'Connection_errors_max_connections');
  let [ended, refused] = [0, 0];
  await withSession(stand.product.servers.DATABASE_URL, async (session) => {
    try {
      await session.query(`SET GLOBAL max_connections = ${FEW}`);
      const [rows] = await session.query<RowDataPacket[]>(
        'SELECT id FROM information_schema.processlist WHERE db IN (?) AND id <> CONNECTION_ID()',
        [[stand.product.rooms.name, stand.product.ledger.name]],
      );
      for (const { id } of rows) await session.query(`KILL ${Number(id)}`).catch(() => undefined);
      ended = rows.length;
      await stand.pause(FEW_MS);
      refused = (await statusIn(session, 'Connection_errors_max_connections')) - refusedBefore;
    } finally {
      await session.query(`SET GLOBAL max_connections = ${USUAL}`);
      back();
    }
  });
  stand.say(`  ${ended} connections were ended, ${refused} refused`);
  if (refused === 0) stand.violated('row 25: no connection was refused, so that nothing was shown');
  if (!(await untilShownAgain(stand, performance.now(), SHOWN_LIMIT_MS)))
    stand.violated(`row 25: nothing was shown ${SHOWN_LIMIT_MS / 1_000} s after connections were free again`);
}

const statusOf = (stand: Stand, name: string) =>
  withSession(stand.product.servers.DATABASE_URL, (session) => statusIn(session, name));

/** A counter of the server's. */
async function statusIn(session: Connection, name: string): Promise<number> {
  const [[row]] = await session.query<RowDataPacket[]>('SHOW GLOBAL STATUS LIKE ?', [name]);
  if (!row) throw new Error(`the server does not count ${name}`);
  return Number(row['Value']);
}

const fault = (row: string, name: string, title: string, seconds: number, inject: Fault['inject']): Fault => ({
  ...{ row, name, title, needs: ['servers'], seconds, inject },
});

export const mysqlFaults: readonly Fault[] = [
  fault('8', 'two-relays', 'The session that makes a relay the only one is killed every second', 25, killRelays),
  fault('21', 'kill-mysql', 'SIGKILL and restart of MySQL, over and over', 120, (stand) =>
    killRepeatedly(stand, 'mysql', 'MySQL'),
  ),
  fault('23', 'deadlocks', 'Somebody locks accounts in reverse order', 120, deadlock),
  fault('24', 'held-row', "Somebody holds a streamer's account for 10 s", 15, holdRow),
  fault('25', 'few-connections', 'MySQL ends all connections and takes 10 only, for 20 s', 40, exhaust),
  fault('26', 'replica-behind', 'The replica stops, then follows 30 s behind', 240, replicaBehind),
];
