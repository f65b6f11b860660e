import { type Connection, createConnection } from 'mysql2/promise';

const CONNECT_TIMEOUT_MS = 5_000;

/** Does something on a connection of its own to a MySQL server, which ends with it, and with it what it held. */
export async function withSession<T>(url: string, work: (session: Connection) => Promise<T>): Promise<T> {
  const session = await createConnection({ uri: url, connectTimeout: CONNECT_TIMEOUT_MS });
  try {
    return await work(session);
  } finally {
    session.destroy();
  }
}
