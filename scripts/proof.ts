/** `npm run proof`: asks each context for its totals and says whether a cent is missing, doubled or in the wrong place. */
import { parseArgs } from 'node:util';
import { EnvironmentReader } from '../shared/environment.ts';
import { connectKafka } from '../shared/kafka-client.ts';
import { createLogger } from '../shared/logger.ts';
import type { ProofQuestions } from '../shared/proof.ts';
import { rpcClient } from '../shared/rpc.ts';
import { requireNode } from '../shared/shutdown.ts';
import { ask } from './proof/ask.ts';
import { decideClaims } from './proof/claims.ts';
import { decideVerdict, type Statement, toJson, toText } from './proof/statement.ts';
import { variablesFor } from './start/running.ts';
import { answerHelp } from './usage.ts';

const USAGE = `usage: npm run proof -- [--older-than <seconds>] [--wait <seconds>] [--json]
  --older-than   leaves out what was settled, rejected or asked for since then; 60 unless given
  --wait         how long consumer groups and outboxes are waited for; 15 unless given
Exits with 0 where all holds, 1 where a cent does not, 2 where the fleet is not quiet enough to say, 3 where it is not
to be reached. It reads KAFKA_BROKERS, NAMESPACE, ROOMS_ADDRESS and LEDGER_ADDRESS, or asks the "npm start" that runs here.
`;
/** A context with some million rows takes this long at most over its totals, */
const TOTALS_MS = 300_000;
/** and over what waits in its outbox. It is asked that first: what does not answer in this time will answer nothing. */
const WAITING_MS = 10_000;
/** A difference is stated once it was seen twice: clocks that disagree can make a donation look older than it is. */
const ROUNDS = 2;

const EXIT_CODES = { proven: 0, broken: 1, 'not quiet': 2 } as const;

interface Options {
  readonly olderThanMs: number;
  readonly waitMs: number;
  readonly isJson: boolean;
}

interface Environment {
  readonly brokers: readonly string[];
  readonly namespace: string;
  readonly addresses: Readonly<Record<ProvedContext, string>>;
}

/** The contexts that money and what comes of it pass through. */
type ProvedContext = 'ledger' | 'rooms';

requireNode();
answerHelp(USAGE);
const options = readOptions();
try {
  process.exitCode = await prove(await readEnvironment(), options);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 3;
}

async function readEnvironment(): Promise<Environment> {
  const variables = await variablesFor('KAFKA_BROKERS', process.env);
  if (!variables) throw new Error('KAFKA_BROKERS is not set, and no "npm start" that could be asked runs here.');
  const reader = new EnvironmentReader(variables);
  const read = {
    brokers: reader.list('KAFKA_BROKERS'),
    namespace: reader.text('NAMESPACE', ''),
    addresses: {
      ledger: reader.text('LEDGER_ADDRESS', '127.0.0.1:3002'),
      rooms: reader.text('ROOMS_ADDRESS', '127.0.0.1:3002'),
    },
  };
  reader.finish();
  return read;
}

function readOptions(): Options {
  try {
    const { values } = parseArgs({
      options: {
        'older-than': { type: 'string', default: '60' },
        wait: { type: 'string', default: '15' },
        json: { type: 'boolean', default: false },
      },
    });
    const toMs = (text: string) => {
      if (!/^[0-9]{1,6}$/.test(text)) throw new Error(`${text} is no number of seconds`);
      return Number(text) * 1_000;
    };
    return { olderThanMs: toMs(values['older-than']), waitMs: toMs(values.wait), isJson: values.json };
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
    process.exit(3);
  }
}

function openQuestions(context: ProvedContext, address: string): ProofQuestions & { close(): void } {
  const proto = new URL(`../services/${context}/service.proto`, import.meta.url);
  const large = rpcClient<ProofQuestions>(proto, address, TOTALS_MS);
  const small = rpcClient<ProofQuestions>(proto, address, WAITING_MS);
  return {
    proofTotals: large.proofTotals,
    outboxWaiting: small.outboxWaiting,
    close() {
      large.close();
      small.close();
    },
  };
}

async function prove({ brokers, namespace, addresses }: Environment, options: Options): Promise<number> {
  const open = (context: ProvedContext) => openQuestions(context, addresses[context]);
  const [ledger, rooms] = [open('ledger'), open('rooms')];
  const kafka = connectKafka({ brokers, clientId: 'proof', namespace, log: createLogger('proof', 'silent') });
  const before = new Date(Date.now() - options.olderThanMs);
  try {
    for (let round = 1; ; round++) {
      const answers = await ask({ ledger, rooms, kafka, namespace, before, waitMs: options.waitMs });
      const claims = answers.kind === 'answers' ? decideClaims(answers.ledger, answers.rooms) : [];
      const statement: Statement = { verdict: decideVerdict(answers, claims), before, claims, answers };
      if (statement.verdict === 'broken' && round < ROUNDS) continue;
      process.stdout.write(options.isJson ? toJson(statement) : toText(statement));
      return EXIT_CODES[statement.verdict];
    }
  } finally {
    ledger.close();
    rooms.close();
    await kafka.close();
  }
}
