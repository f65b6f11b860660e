import { type Logger, type LoggerOptions, pino } from 'pino';

export type { Logger };

/** Never written, wherever they stand: tokens, passwords, and what people wrote. */
const SECRET_PATHS = [
  'token',
  '*.token',
  'password',
  '*.password',
  'authorization',
  '*.authorization',
  '*.value',
  '*.message.message',
];

/** The process's logger: one JSON line an entry on stdout. `name` is the process's name in the Procfile. */
export function createLogger(name: string, level: string): Logger {
  return pino({ ...layout(name, level), redact: { paths: SECRET_PATHS, censor: '[redacted]' } });
}

/** A logger of lines whose fields are all known, none of them a secret: looking for secrets costs more than the line. */
export function createAccessLogger(name: string, level: string): Logger {
  return pino(layout(name, level));
}

function layout(name: string, level: string): LoggerOptions {
  return {
    name,
    level,
    base: { pid: process.pid },
    formatters: { level: (label) => ({ level: label }) },
    timestamp: pino.stdTimeFunctions.isoTime,
  };
}
