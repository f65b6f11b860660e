import { createHmac } from 'node:crypto';

/** MySQL's bound on the name of an account; MariaDB allows more. */
const maxAccountLength = 32;

export interface MigrateOptions {
  /** An account that may create databases and users; without it every context needs an override. */
  databaseUrl?: string;
  replicaUrl?: string;
  /**
   * Addresses of single contexts. On the server of `databaseUrl` its database and account are made as the address says;
   * elsewhere they must be there, and the account must be allowed to change tables.
   */
  overrides?: Record<string, string>;
  replicaOverrides?: Record<string, string>;
  /** Keeps several products apart on one server: `rostra_<namespace>_<context>`. */
  namespace?: string;
  contexts?: readonly string[];
  log?: (line: string) => void;
}

export interface ContextDatabase {
  url: string;
  replicaUrl?: string;
}

/**
 * Where a context keeps its tables. Its account's password follows from the admin's address, so that whoever has that
 * one knows it without asking. Throws where no address is given or the name would be none.
 */
export function contextDatabase(options: MigrateOptions, context: string): ContextDatabase {
  const { databaseUrl, replicaUrl, overrides = {}, replicaOverrides = {}, namespace = '' } = options;
  const name = ['rostra', namespace, context].filter((word) => word !== '').join('_');
  if (!/^[a-z0-9_]+$/.test(name) || name.length > maxAccountLength) {
    throw new Error(`"${name}" is no name for a database: at most ${maxAccountLength} of a–z, 0–9 and _`);
  }
  if (databaseUrl === undefined && overrides[context] === undefined) {
    const variable = `DATABASE_URL_${context.toUpperCase()}`;
    throw new Error(`neither DATABASE_URL nor ${variable} says where ${context} keeps its tables`);
  }
  const own = (server: string) => {
    const url = new URL(server);
    url.username = name;
    url.password = createHmac('sha256', databaseUrl ?? '')
      .update(name)
      .digest('base64url');
    url.pathname = `/${name}`;
    return url.href;
  };
  const url = overrides[context] ?? own(databaseUrl ?? '');
  // The account of an override is the replica's too, unless that has an override of its own.
  const replica =
    replicaUrl === undefined ? undefined : overrides[context] ? onServer(url, replicaUrl) : own(replicaUrl);
  const chosen = replicaOverrides[context] ?? replica;
  return { url, ...(chosen === undefined ? {} : { replicaUrl: chosen }) };
}

/**
 * The same database through the account that may change its tables: that of `databaseUrl` where it is on the same
 * server, else the address's own.
 */
export function tableOwnerUrl({ databaseUrl }: Pick<MigrateOptions, 'databaseUrl'>, url: string): string {
  if (databaseUrl === undefined || new URL(databaseUrl).host !== new URL(url).host) return url;
  const owner = new URL(databaseUrl);
  owner.pathname = new URL(url).pathname;
  return owner.href;
}

function onServer(url: string, server: string): string {
  const moved = new URL(url);
  moved.host = new URL(server).host;
  return moved.href;
}

/** The addresses of single contexts among the variables: `DATABASE_URL_ROOMS` → `rooms`. */
export function contextAddresses(env: NodeJS.ProcessEnv, prefix: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      name.startsWith(prefix) && value ? [[name.slice(prefix.length).toLowerCase(), value]] : [],
    ),
  );
}

/** What the variables of `npm start` and of a deployment say about databases. */
export function migrateOptions(env: NodeJS.ProcessEnv): MigrateOptions {
  return {
    ...(env.DATABASE_URL ? { databaseUrl: env.DATABASE_URL } : {}),
    ...(env.NAMESPACE ? { namespace: env.NAMESPACE } : {}),
    ...(env.DATABASE_REPLICA_URL ? { replicaUrl: env.DATABASE_REPLICA_URL } : {}),
    overrides: contextAddresses(env, 'DATABASE_URL_'),
    replicaOverrides: contextAddresses(env, 'DATABASE_REPLICA_URL_'),
  };
}
