import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { freshId } from './ids.ts';
import { insertOutbox } from './outbox.ts';
import { type Relay, startRelay } from './relay.ts';
import { createAllRuntimeTables, scratchDatabase, type TestDatabase } from './testing/database.ts';
import { testLog } from './testing/environment.ts';
import { until } from './testing/until.ts';

/** A relay whose process is stopped while it has the lock. */
let on: TestDatabase;
let frozen: ChildProcess;
let second: Relay;
const sent: string[] = [];
beforeAll(async () => {
  on = await scratchDatabase(createAllRuntimeTables);
});
afterAll(async () => {
  frozen?.kill('SIGKILL');
  await second?.stop();
  await on.drop();
});

const file = (name: string) => JSON.stringify(`${import.meta.dirname}/${name}`);

function startElsewhere(databaseUrl: string): ChildProcess {
  const script = `
    import { createLogger } from ${file('logger.ts')};
    import { startRelay } from ${file('relay.ts')};
    const producer = { send: async () => {}, close: async () => {} };
    const log = createLogger('frozen', 'silent');
    const relay = startRelay({ databaseUrl: ${JSON.stringify(databaseUrl)}, producer, log, silenceS: 1 });
    setInterval(() => relay.isActive() && console.log('active'), 50);`;
  return spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'], NODE_OPTIONS: '--disable-warning=ExperimentalWarning' },
  });
}

test('another takes over from a relay that is stopped', async () => {
  frozen = startElsewhere(on.url);
  await once(createInterface({ input: frozen.stdout as NodeJS.ReadableStream }), 'line');
  frozen.kill('SIGSTOP');
  const producer = {
    send: async (records: readonly { value: unknown }[]) =>
      void sent.push(...records.map(({ value }) => String(value))),
    close: async () => undefined,
  };
  second = startRelay({ databaseUrl: on.url, producer, log: testLog });
  const eventId = freshId();
  const record = { topic: 'donations', key: 'k', value: 'booked', headers: { ce_id: eventId } } as const;
  await on.database.transaction((tx) => insertOutbox(tx, [{ eventId, record }]));
  await until(() => sent.length === 1);
  frozen.kill('SIGCONT');
  await until(async () => (await on.database.select('SELECT id FROM outbox')).length === 0);
  expect([sent, second.isActive()]).toEqual([['booked'], true]);
});
