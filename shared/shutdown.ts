import type { Logger } from './logger.ts';

const DRAIN_LIMIT_MS = 15_000;

/**
 * Ends the process in order: `drain` finishes what is in flight and lets go of everything; then exit 0. A second
 * signal, or 15 s (or `limitMs`), ends it with 1. A supervisor that died (its IPC channel closes) counts as a signal,
 * so that no process outlives what started it. Then it ends by SIGKILL, since nobody reads its exit code and Node's own
 * exit can hang for good (https://github.com/nodejs/node/issues/54918), which a living supervisor sees to.
 */
export function onShutdown(log: Logger, drain: () => Promise<void>, limitMs = DRAIN_LIMIT_MS): void {
  let isEnding = false;
  const end = (cause: string) => {
    if (isEnding) {
      log.warn({ cause }, 'ending at once');
      exit(1);
    }
    isEnding = true;
    log.info({ cause }, 'draining');
    setTimeout(() => {
      log.error({ limitMs }, 'not drained in time');
      exit(1);
    }, limitMs).unref();
    drain().then(
      () => exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'draining failed');
        exit(1);
      },
    );
  };
  process.on('SIGTERM', () => end('SIGTERM'));
  process.on('SIGINT', () => end('SIGINT'));
  process.on('disconnect', () => end('supervisor gone'));
  // It may have died while this process was still starting, when nobody listened yet.
  if (process.connected === false) end('supervisor gone');
}

/** `process.connected` is undefined where nobody supervises by a channel, and false once the supervisor has died. */
function exit(code: number): void {
  if (process.connected === false) process.kill(process.pid, 'SIGKILL');
  else process.exit(code);
}

/** A program that has contradicted itself must not go on: log it whole, exit, and let the supervisor start afresh. */
export function exitOnCrash(log: Logger): void {
  const crash = (error: unknown) => {
    log.fatal({ err: error }, 'crashed');
    exit(1);
  };
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);
}

/** Every program here starts with this: the sources are run as they are, which older Node versions cannot do. */
export function requireNode(): void {
  if (Number(process.versions.node.split('.')[0]) >= 24) return;
  process.stderr.write(`Node 24 or newer is needed, this is ${process.versions.node}. Start it by "npm start".\n`);
  process.exit(1);
}
