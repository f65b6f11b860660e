import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import type { Logger } from '../logger.ts';

/** A namespace of this test file's own for topics, groups, databases and Redis keys. */
export function testNamespace(): string {
  return `t${randomBytes(5).toString('hex')}`;
}

/** The address of a server of the test stack. @throws where the stack is not running */
export function fromStack(name: 'KAFKA_BROKERS' | 'DATABASE_URL' | 'DATABASE_REPLICA_URL' | 'REDIS_URL'): string {
  const value = process.env[name];
  if (value) return value;
  throw new Error(
    `${name} is not set: tests on real servers are run by "npm test", or on the stack of "npm run stack"`,
  );
}

/** Says nothing, unless TEST_LOG names a level. */
export const testLog: Logger = pino({ level: process.env['TEST_LOG'] ?? 'silent' });
