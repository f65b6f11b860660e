/** `npm run rebuild -- <projection> --check | --swap`: builds what follows from the rooms' tables again out of them. */
import { parseArgs } from 'node:util';
import {
  checkProjection,
  projectionNames,
  type ProjectionName,
  type Rebuilt,
  swapProjection,
} from '../services/rooms/rebuild.ts';
import { openDatabase } from '../shared/database.ts';
import { requireNode } from '../shared/shutdown.ts';
import { contextDatabase, migrateOptions, tableOwnerUrl } from './context-databases.ts';
import { readRunning } from './start/running.ts';
import { answerHelp } from './usage.ts';

const USAGE = `usage: npm run rebuild -- <projection> --check | --swap
  projection   ${projectionNames.join(', ')}
  --check      builds it beside the one that stands and lists where they differ; changes nothing
  --swap       holds off who writes to it, builds it, and puts it in the place of the one that stands
Exits with 0 where both are the same or were swapped, 1 where they differ, 3 where nothing could be done. Needs an account
that may create and rename tables: DATABASE_URL (with NAMESPACE) or such a DATABASE_URL_ROOMS; without them it asks the
"npm start" that runs here, if that runs its own database.
`;
const CONNECTIONS = 5;
/** A statement over some million rows; the writers' own give up and try again after 10 s. */
const STATEMENT_MS = 600_000;

requireNode();
answerHelp(USAGE);
const wish = readWish();
try {
  process.exitCode = await run(wish);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 3;
}

interface Wish {
  readonly projection: ProjectionName;
  readonly isSwap: boolean;
}

function readWish(): Wish {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { check: { type: 'boolean', default: false }, swap: { type: 'boolean', default: false } },
    });
    const projection = projectionNames.find((name) => name === positionals[0]);
    if (!projection || positionals.length > 1) throw new Error('one projection is to be named');
    if (values.check === values.swap) throw new Error('either --check or --swap');
    return { projection, isSwap: values.swap };
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
    process.exit(3);
  }
}

async function run({ projection, isSwap }: Wish): Promise<number> {
  const options = migrateOptions(await readVariables());
  const url = tableOwnerUrl(options, contextDatabase(options, 'rooms').url);
  const database = openDatabase(url, CONNECTIONS, { statementTimeoutMs: STATEMENT_MS });
  try {
    const rebuilt = await (isSwap ? swapProjection : checkProjection)(database, projection, new Date());
    for (const line of told(rebuilt)) process.stdout.write(`${line}\n`);
    const found = rebuilt.differencesInAll;
    if (isSwap) process.stdout.write(`${projection}: swapped, ${found} differences mended\n`);
    else process.stdout.write(`${projection}: ${found === 0 ? 'as it should be' : `${found} differences`}\n`);
    return isSwap || found + rebuilt.beyond.length === 0 ? 0 : 1;
  } finally {
    await database.close();
  }
}

async function readVariables(): Promise<NodeJS.ProcessEnv> {
  const { DATABASE_URL, DATABASE_URL_ROOMS } = process.env;
  if (DATABASE_URL || DATABASE_URL_ROOMS) return process.env;
  const running = await readRunning();
  if (running?.variables['DATABASE_URL']) return running.variables;
  throw new Error('DATABASE_URL is not set, and no "npm start" with a database of its own runs here.');
}

function told({ differences, differencesInAll, beyond }: Rebuilt): string[] {
  const more = differencesInAll - differences.length;
  return [
    ...differences.map(({ table, id, detail }) => `${table} ${id}: ${detail}`),
    ...(more > 0 ? [`and ${more} more`] : []),
    ...beyond.map(({ table, id, detail }) => `${table} ${id}: ${detail}; no rebuild mends that`),
  ];
}
