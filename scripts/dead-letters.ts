/** `npm run dead-letters -- list | show <id> | retry <id> | retry --all`: the records that consumer groups set aside. */
import { type DeadLetter, findDeadLetter, listDeadLetters, retryDeadLetter } from '../shared/dead-letters.ts';
import { EnvironmentReader, loadOrExit } from '../shared/environment.ts';
import { errorText } from '../shared/errors.ts';
import type { Kafka } from '../shared/kafka.ts';
import { connectKafka } from '../shared/kafka-client.ts';
import { createLogger } from '../shared/logger.ts';
import { requireNode } from '../shared/shutdown.ts';
import { variablesFor } from './start/running.ts';
import { answerHelp } from './usage.ts';

const LIMIT = 1_000;
const USAGE = `usage: npm run dead-letters -- <command>
  list            the newest ${LIMIT}, newest first
  show <id>       one, with its source record and stack
  retry <id>      publishes it again, for the group that set it aside and no other
  retry --all     the same for all of the newest ${LIMIT} that were not retried yet, oldest first
It reads KAFKA_BROKERS and NAMESPACE, or asks the broker of the "npm start" that runs here.
Exits 0 where it has done that, 1 where it could not, 2 for words that it does not know.
`;

requireNode();
answerHelp(USAGE);
const [command, id] = process.argv.slice(2);
const variables = await variablesFor('KAFKA_BROKERS', process.env);
if (!variables) {
  process.stderr.write('KAFKA_BROKERS is not set, and no "npm start" whose broker could be asked runs here.\n');
  process.exit(1);
}
const { brokers, namespace } = loadOrExit(() => {
  const reader = new EnvironmentReader(variables);
  const read = { brokers: reader.list('KAFKA_BROKERS'), namespace: reader.text('NAMESPACE', '') };
  reader.finish();
  return read;
});
const kafka = connectKafka({ brokers, clientId: 'dead-letters', namespace, log: createLogger('dead-letters', 'warn') });
process.exitCode = await run(kafka)
  .catch((error: unknown) => {
    process.stderr.write(`Kafka at ${brokers.join(', ')} cannot be asked: ${errorText(error)}\n`);
    return 1;
  })
  .finally(() => kafka.close());

async function run(kafka: Kafka): Promise<number> {
  if (command === 'list') return list(await listDeadLetters(kafka, LIMIT));
  if (command === 'show' && id) return show(await findDeadLetter(kafka, id));
  if (command === 'retry' && id === '--all') {
    const letters = await listDeadLetters(kafka, LIMIT);
    const code = await retry(kafka, letters.filter(({ retriedAt }) => retriedAt === null).reverse());
    if (letters.length === LIMIT) print(`these are of the newest ${LIMIT}; older ones are left`);
    return code;
  }
  if (command === 'retry' && id) {
    const letter = await findDeadLetter(kafka, id);
    return letter ? retry(kafka, [letter]) : show(null);
  }
  process.stderr.write(USAGE);
  return 2;
}

function list(letters: readonly DeadLetter[]): number {
  for (const letter of letters) {
    const state = letter.retriedAt ? `retried ${letter.retriedAt}` : `${letter.tries} tries`;
    print(
      `${letter.id}\t${letter.setAsideAt}\t${letter.group}\t${letter.listener}\t${state}\t${letter.reason.replace(/\s+/g, ' ')}`,
    );
  }
  print(`${letters.length} dead letters${letters.length === LIMIT ? ', older ones not shown' : ''}`);
  return 0;
}

function show(letter: DeadLetter | null): number {
  if (!letter) {
    process.stderr.write(`${id} is no dead letter here\n`);
    return 1;
  }
  const { source, ...rest } = letter;
  const shown = { ...source, offset: String(source.offset), value: source.value?.toString('utf8') ?? null };
  print(JSON.stringify({ ...rest, source: shown }, null, 2));
  return 0;
}

async function retry(kafka: Kafka, letters: readonly DeadLetter[]): Promise<number> {
  const producer = await kafka.producer();
  for (const letter of letters) {
    await retryDeadLetter(producer, letter, new Date());
    print(`${letter.id}: ${letter.event ?? 'record'} ${letter.eventId ?? ''} is on its way to ${letter.group} again`);
  }
  await producer.close();
  print(`${letters.length} retried`);
  return 0;
}

/** One line; what came from a record cannot move the terminal's cursor. */
function print(line: string): void {
  process.stdout.write(`${line.replace(/[\x00-\x08\x0b-\x1f\x7f]/g, '\uFFFD')}\n`);
}
