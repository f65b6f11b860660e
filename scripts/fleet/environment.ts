import { resolve } from 'node:path';
import type { ProcfileEntry } from './procfile.ts';

/** kafkajs's timers and Node's type stripping warn at each start, and neither warning is for whoever reads the log. */
const nodeFlags = ['--disable-warning=TimeoutNegativeWarning', '--disable-warning=ExperimentalWarning'];

/** Compiled code of former starts, which halves what a start costs: a killed process is back the sooner. */
const compileCache = resolve(import.meta.dirname, '../../node_modules/.cache/rostra-compiled');

/** The variable that tells a process the port it serves on, by its name in the Procfile. */
const portVariables: Record<string, string> = { ingress: 'PORT', 'ws-gateway': 'WS_PORT' };

/** Secrets that the auth service alone has a use for. */
const authsOwn = /^(OAUTH_|SMTP_URL$)/;

/** The processes that answer HTTP on their own port, readiness included; the others do on METRICS_PORT. */
const httpNames = new Set(['ingress', 'ws-gateway']);

/** Says whether its readiness is asked on its own port. */
export function answersHttp(name: string): boolean {
  return httpNames.has(name);
}

/** The variable of the port that a process serves on, if it serves. */
export function portVariable({ name, answersFor }: ProcfileEntry): string | undefined {
  return answersFor.length > 0 ? 'SERVICES_PORT' : portVariables[name];
}

/**
 * What one process gets to see: everything but databases, of which it gets its own contexts' only, and never the
 * admin's; and what others log in and send mail with, which is for the auth service.
 * @param addresses of the contexts that answer by gRPC; an address that is set in `env` wins
 */
export function processEnvironment(
  entry: ProcfileEntry,
  env: NodeJS.ProcessEnv,
  ports: { port: number; metricsPort: number },
  addresses: Record<string, string>,
): NodeJS.ProcessEnv {
  const isAuth = entry.answersFor.includes('auth');
  const shared = Object.entries(env).filter(
    ([name]) => !/^DATABASE_(REPLICA_)?URL/.test(name) && (isAuth || !authsOwn.test(name)),
  );
  const databases = entry.contexts
    .flatMap((context) => ['DATABASE_URL_', 'DATABASE_REPLICA_URL_'].map((prefix) => prefix + context.toUpperCase()))
    .flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]]));
  const serving = portVariable(entry);
  return {
    ...addresses,
    ...Object.fromEntries(shared),
    ...Object.fromEntries(databases),
    METRICS_PORT: String(ports.metricsPort),
    ...(serving === undefined ? {} : { [serving]: String(ports.port) }),
    NODE_OPTIONS: [env.NODE_OPTIONS, ...nodeFlags].filter(Boolean).join(' '),
    KAFKAJS_NO_PARTITIONER_WARNING: '1',
    NODE_COMPILE_CACHE: env.NODE_COMPILE_CACHE ?? compileCache,
  };
}

/** Variables with more of them on top; node's options are added, since the fleet's own stand there already. */
export function withMore(env: NodeJS.ProcessEnv, more: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const options = [env.NODE_OPTIONS, more.NODE_OPTIONS].filter(Boolean).join(' ');
  return { ...env, ...more, ...(options && { NODE_OPTIONS: options }) };
}

/** Where each context answers: the services' own ports, several as one address that gRPC spreads its calls over. */
export function contextAddressVariables(
  services: readonly { answersFor: string[]; port: number }[],
): Record<string, string> {
  const contexts = new Set(services.flatMap(({ answersFor }) => answersFor));
  return Object.fromEntries(
    [...contexts].map((context) => {
      const ports = services.filter(({ answersFor }) => answersFor.includes(context)).map(({ port }) => port);
      const hosts = ports.map((port) => `127.0.0.1:${port}`).join(',');
      return [`${context.toUpperCase()}_ADDRESS`, ports.length > 1 ? `ipv4:${hosts}` : hosts];
    }),
  );
}
