import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { userInfo } from 'node:os';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { endLeftover } from './leftovers.ts';
import { choosePort } from './ports.ts';
import { run } from './run.ts';
import { createServerPart, type Part } from './server.ts';

const followTimeoutMs = 20_000;

/** The primary and its read replica, running. */
export interface Databases {
  primary: Part;
  replica: Part;
  url: string;
  replicaUrl: string;
}

interface Node {
  name: 'mysql' | 'replica';
  port: number;
  directory: string;
  password: string;
}

/**
 * Starts a MariaDB primary and a GTID replica of it in the directory, on free ports. The account of the URLs may
 * create databases and users. Both data directories are made anew unless a former run finished making both.
 */
export async function startDatabases(directory: string): Promise<Databases> {
  await endLeftover({ name: 'mysql', directory });
  await endLeftover({ name: 'replica', directory });
  const finished = `${directory}/mysql.finished`;
  const isFresh = !existsSync(finished);
  const password = isFresh ? randomBytes(18).toString('base64url') : await readFile(finished, 'utf8');
  const primary: Node = { name: 'mysql', port: await choosePort(), directory, password };
  const replica: Node = { name: 'replica', port: await choosePort(), directory, password };
  const parts = { primary: createPart(primary), replica: createPart(replica) };
  await writeFile(accountsPath(primary), accountStatements(password), { mode: 0o600 });
  if (isFresh) await createData(primary, replica);
  await Promise.all([parts.primary.start(), parts.replica.start()]);
  await followPrimary(primary, replica, isFresh);
  await writeFile(finished, password, { mode: 0o600 });
  return { ...parts, url: urlOf(primary), replicaUrl: urlOf(replica) };
}

function urlOf(node: Node): string {
  return `mysql://admin:${node.password}@127.0.0.1:${node.port}`;
}

/** Made once and copied: two installations at once would disturb each other's temporary tables. */
async function createData(primary: Node, replica: Node): Promise<void> {
  for (const node of [primary, replica]) await rm(dataDirectory(node), { recursive: true, force: true });
  const target = dataDirectory(primary);
  await mkdir(target, { recursive: true });
  const args = ['--no-defaults', ...asRoot(), `--datadir=${target}`, `--tmpdir=${target}`, '--skip-test-db'];
  args.push('--auth-root-authentication-method=socket', `--auth-root-socket-user=${userInfo().username}`);
  await run(['mariadb-install-db', ...args]);
  await cp(target, dataDirectory(replica), { recursive: true });
}

function createPart(node: Node): Part {
  return createServerPart({
    name: node.name,
    command: 'mariadbd',
    args: serverArguments(node),
    port: node.port,
    directory: node.directory,
    readyTimeoutMs: 60_000,
    isAnswering: async () => {
      await query(node, 'SELECT 1');
      return true;
    },
  });
}

function serverArguments(node: Node): string[] {
  const isReplica = node.name === 'replica';
  return [
    ...['--no-defaults', ...asRoot(), `--datadir=${dataDirectory(node)}`, `--port=${node.port}`],
    `--tmpdir=${dataDirectory(node)}`,
    // The socket's path is relative to the data directory: an absolute one may have 108 bytes only.
    ...['--bind-address=127.0.0.1', '--socket=server.sock', '--pid-file=server.pid', '--skip-name-resolve'],
    ...[`--init-file=${accountsPath(node)}`, '--default-time-zone=+00:00', '--max-connections=500'],
    ...['--character-set-server=utf8mb4', '--collation-server=utf8mb4_unicode_520_ci'],
    ...['--innodb-buffer-pool-size=128M', '--innodb-log-file-size=256M', '--performance-schema=OFF'],
    ...['--innodb-flush-log-at-trx-commit=1', '--sync-binlog=1'],
    ...[
      `--server-id=${isReplica ? 2 : 1}`,
      '--log-bin=bin',
      '--binlog-format=ROW',
      '--binlog-row-image=NOBLOB',
      '--gtid-strict-mode=ON',
    ],
    ...['--log-slave-updates=ON', '--relay-log=relay', '--relay-log-recovery=ON', '--slave-net-timeout=10'],
    ...(isReplica ? ['--read-only=ON'] : []),
  ];
}

/** MariaDB runs as root only when told so; anybody else runs it as themselves. */
function asRoot(): string[] {
  return process.getuid?.() === 0 ? ['--user=root'] : [];
}

/** Runs at each server start, outside the binary log: each server has these accounts of its own. */
function accountStatements(password: string): string {
  return [
    'SET SESSION sql_log_bin = 0;',
    `CREATE USER IF NOT EXISTS 'admin'@'%' IDENTIFIED BY '${password}';`,
    "GRANT ALL PRIVILEGES ON *.* TO 'admin'@'%' WITH GRANT OPTION;",
    `CREATE USER IF NOT EXISTS 'repl'@'%' IDENTIFIED BY '${password}';`,
    "GRANT REPLICATION SLAVE ON *.* TO 'repl'@'%';",
    '',
  ].join('\n');
}

/** Points the replica at the primary's port of this run; a fresh one begins at the primary's first event. */
async function followPrimary(primary: Node, replica: Node, isFresh: boolean): Promise<void> {
  await query(replica, 'STOP SLAVE');
  if (isFresh) await query(replica, "SET GLOBAL gtid_slave_pos = ''");
  await query(
    replica,
    `CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = ${primary.port}, MASTER_USER = 'repl',
     MASTER_PASSWORD = '${primary.password}', MASTER_USE_GTID = slave_pos, MASTER_CONNECT_RETRY = 1`,
  );
  await query(replica, 'START SLAVE');
  const [position] = await query(primary, 'SELECT @@GLOBAL.gtid_binlog_pos AS gtid');
  const wait = `SELECT MASTER_GTID_WAIT('${String(position?.gtid)}', ${followTimeoutMs / 1000}) AS late`;
  const [outcome] = await query(replica, wait);
  if (outcome?.late !== 0) throw new Error(`the replica did not catch up within ${followTimeoutMs} ms`);
}

async function query(node: Node, sql: string): Promise<RowDataPacket[]> {
  const connection = await createConnection({ uri: urlOf(node), connectTimeout: 2_000 });
  try {
    const [rows] = await connection.query<RowDataPacket[]>(sql);
    return rows;
  } finally {
    connection.destroy();
  }
}

function dataDirectory(node: Node): string {
  return `${node.directory}/${node.name}`;
}

function accountsPath(node: Node): string {
  return `${node.directory}/mysql.accounts.sql`;
}
