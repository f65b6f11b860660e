/** `npm start`: the servers, the tables, the topics, every process of the Procfile and a demo room, until Ctrl-C. */
import { DEFAULT_PARTITIONS } from '../shared/topics.ts';
import { requireNode } from '../shared/shutdown.ts';
import { onEnd } from './endings.ts';
import { type Fleet, startFleet } from './fleet.ts';
import { isQuietRequest } from './fleet/log-lines.ts';
import { readProcfile } from './fleet/procfile.ts';
import { migrateOptions } from './context-databases.ts';
import { databaseVariables, migrate } from './migrate.ts';
import { timed } from './stack/run.ts';
import { startStack, type StackEnvironment } from './stack/stack.ts';
import { readBlock } from './start/closing-block.ts';
import { openDemoRoom, type DemoRoom } from './start/demo-room.ts';
import { checkEnvironment } from './start/environment-check.ts';
import { describeProcess, devDirectory, openNote, productVariables, type Running } from './start/running.ts';
import { chooseSettings, type Settings } from './start/settings.ts';
import { signingFrom } from './start/token-signing.ts';
import { createTopics } from './topics.ts';

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
  checkEnvironment(process.env, readProcfile());
  const settings = await chooseSettings(process.env, devDirectory);
  const isLocalKafka = !process.env.KAFKA_BROKERS;
  const stack = await startStack({ directory: devDirectory, log: console.log, kafkaPartitions: localPartitions });
  opened.push(() => stack.stop());
  stack.keepUp(console.log);
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
  await runProduct(opened, settings, fleetEnvironment(stack.env, databaseVariables(databases), settings));
}

/** The processes and the demo room; other commands can read what runs from the first moment on. */
async function runProduct(opened: Close[], { port, wsPort }: Settings, env: NodeJS.ProcessEnv): Promise<void> {
  const note = await openNote();
  const since = new Date().toISOString();
  let demo: Running['demo'] = null;
  let fleet: Fleet | null = null;
  const running = ({ addresses, processes }: Fleet): Running => ({
    ...{ since, port, wsPort, demo },
    variables: { ...productVariables({ ...addresses, ...env }), ...ownAdmin(env) },
    processes: processes.map(describeProcess),
  });
  const changed = () => {
    if (fleet) note.write(running(fleet));
  };
  fleet = await startFleet({ env, log: console.log, shows: linesShown(process.env), changed });
  const { processes, ready, stop } = fleet;
  opened.push(stop, note.close);
  changed();
  await timed(`${processes.length} processes`, console.log, ready);
  demo = await demoRoom(`http://localhost:${port}`, env);
  changed();
  console.log(await readBlock(running(fleet)));
}

/** The local database's administrator, whose password lies in this directory anyway; one that was given is not kept. */
function ownAdmin({ DATABASE_URL: url }: NodeJS.ProcessEnv): Record<string, string> {
  return process.env.DATABASE_URL || !url ? {} : { DATABASE_URL: url };
}

/** A line for each request would push the addresses out of sight; whoever sets a level gets all that is of it. */
function linesShown({ LOG_LEVEL }: NodeJS.ProcessEnv): (line: string) => boolean {
  return LOG_LEVEL ? () => true : (line) => !isQuietRequest(line);
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
    PUBLIC_URL: process.env.PUBLIC_URL || `http://localhost:${port}`,
  };
}

/** A room that cannot be made is no reason to stop: the product runs. */
async function demoRoom(address: string, env: NodeJS.ProcessEnv): Promise<DemoRoom | string> {
  const signing = signingFrom(env);
  if (!signing) return 'JWT_SECRET is not known here (only a public key is given), so no token can be signed for it.';
  try {
    return await openDemoRoom(address, signing);
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
