/** `npm start`: the servers, the tables, the topics, every process of the Procfile and a demo room, until Ctrl-C. */
import { resolve } from 'node:path';
import { DEFAULT_PARTITIONS } from '../shared/topics.ts';
import { requireNode } from '../shared/shutdown.ts';
import { onEnd } from './endings.ts';
import { startFleet } from './fleet.ts';
import { migrateOptions } from './context-databases.ts';
import { databaseVariables, migrate } from './migrate.ts';
import { timed } from './stack/run.ts';
import { startStack, type StackEnvironment } from './stack/stack.ts';
import { closingBlock } from './start/closing-block.ts';
import { openDemoRoom, type DemoRoom } from './start/demo-room.ts';
import { chooseSettings, type Settings } from './start/settings.ts';
import { createTopics } from './topics.ts';

const directory = resolve(import.meta.dirname, '../.stack/dev');
const localPartitions = 4;

type Close = () => Promise<void>;

requireNode();
const opened: Close[] = [];
const end = createEnd(opened);
onEnd(() => end.bySignal());
try {
  await start(opened);
} catch (error) {
  end.byError(error);
}

async function start(opened: Close[]): Promise<void> {
  const settings = await chooseSettings(process.env, directory);
  const isLocalKafka = !process.env.KAFKA_BROKERS;
  const stack = await startStack({ directory, log: console.log, kafkaPartitions: localPartitions });
  opened.push(() => stack.stop());
  const given = { ...process.env, ...stack.env };
  const [databases] = await Promise.all([
    migrate({ ...migrateOptions(given), log: console.log }),
    createTopics({
      brokers: stack.env.KAFKA_BROKERS.split(','),
      namespace: process.env.NAMESPACE ?? '',
      partitions: isLocalKafka ? localPartitions : DEFAULT_PARTITIONS,
      log: console.log,
    }),
  ]);
  const fleet = await startFleet({
    env: fleetEnvironment(stack.env, databaseVariables(databases), settings),
    log: console.log,
  });
  opened.push(() => fleet.stop());
  await timed(`${fleet.processes.length} processes`, console.log, () => fleet.ready());
  console.log(closingBlock(settings, await demoRoom(settings)));
}

function fleetEnvironment(
  stack: StackEnvironment,
  databases: Record<string, string>,
  { port, wsPort, jwtSecret }: Settings,
): NodeJS.ProcessEnv {
  return {
    ...process.env,
    ...stack,
    ...databases,
    ...(jwtSecret === undefined ? {} : { JWT_SECRET: jwtSecret }),
    PORT: String(port),
    WS_PORT: String(wsPort),
  };
}

/** A room that cannot be made is no reason to stop: the product runs. */
async function demoRoom({ port, jwtSecret }: Settings): Promise<DemoRoom | string> {
  if (jwtSecret === undefined) {
    return 'JWT_SECRET is not known here (only a public key is given), so no token can be signed for it.';
  }
  try {
    return await openDemoRoom({
      address: `http://localhost:${port}`,
      jwtSecret,
      issuer: process.env.JWT_ISSUER,
      audience: process.env.JWT_AUDIENCE?.split(',')[0],
    });
  } catch (error) {
    return `it could not be made. ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** Ends everything in order, once. */
function createEnd(opened: Close[]): { bySignal(): void; byError(error: unknown): void } {
  let isEnding = false;
  const close = async (code: number) => {
    isEnding = true;
    if (opened.length > 0) {
      await closeAll(opened);
      console.log('Stopped.');
    }
    process.exit(code);
  };
  return {
    bySignal() {
      if (isEnding) return;
      console.log('\nStopping …');
      void close(0);
    },
    byError(error) {
      if (isEnding) return; // it is the consequence of a signal
      console.error(`\n${error instanceof Error ? error.message : String(error)}`);
      void close(1);
    },
  };
}

/** Last opened, first closed. */
async function closeAll(opened: Close[]): Promise<void> {
  for (let close = opened.pop(); close; close = opened.pop()) {
    await close().catch((error: unknown) => console.error(error));
  }
}
