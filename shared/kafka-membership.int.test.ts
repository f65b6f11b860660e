import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import kafkajs from 'kafkajs';
import { MEMBER_IDS_VARIABLE, type MemberMessage } from './member-ids.ts';
import { fromStack, testNamespace } from './testing/environment.ts';
import { type TestKafka, testKafka } from './testing/kafka.ts';
import { until } from './testing/until.ts';

const namespace = testNamespace();
const brokers = fromStack('KAFKA_BROKERS').split(',');
const admin = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING }).admin();
const children: ChildProcess[] = [];
let fleet: TestKafka;

/** A member of the group for as long as it lives; "leave" makes it leave. */
const PROGRAM = `
  const { connectKafka } = await import('./shared/kafka-client.ts');
  const { createLogger } = await import('./shared/logger.ts');
  const [brokers, namespace, group] = process.argv.slice(1);
  const kafka = connectKafka({ brokers: [brokers], clientId: 'member', namespace, log: createLogger('member', 'fatal') });
  const subscription = await kafka.subscribe({ group, topics: ['rooms'], handle: async () => undefined });
  process.on('message', () => subscription.close());
`;

beforeAll(async () => {
  fleet = await testKafka(namespace);
  await admin.connect();
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await admin.disconnect();
  await fleet.remove();
});

interface Member {
  readonly child: ChildProcess;
  /** What it has told of its ids, in order. */
  readonly told: (string | null)[];
}

async function startMember(group: string, inherits: Record<string, string> = {}): Promise<Member> {
  const child = fork('--input-type=module', ['--eval', PROGRAM, brokers[0] ?? '', namespace, group], {
    cwd: new URL('..', import.meta.url).pathname,
    execArgv: ['--disable-warning=ExperimentalWarning', '--disable-warning=TimeoutNegativeWarning'],
    env: { ...process.env, NODE_OPTIONS: '', [MEMBER_IDS_VARIABLE]: JSON.stringify(inherits) },
  });
  children.push(child);
  const told: (string | null)[] = [];
  child.on('message', ({ member }: MemberMessage) => told.push(member.id));
  await until(() => told.length > 0, { timeoutMs: 60_000 });
  return { child, told };
}

async function membersOf(group: string): Promise<string[]> {
  const { groups } = await admin.describeGroups([group]);
  return (groups[0]?.members ?? []).map(({ memberId }) => memberId).sort();
}

/** A member that says nothing for 10 s is given up by the broker, and nobody takes its place after that. */
const SOON_MS = 8_000;

/** A member of a group of two dies, and another process follows it. @returns null where that took too long */
async function succeed(group: string) {
  const [dying, staying] = [await startMember(group), await startMember(group)];
  const id = dying.told[0] as string;
  const both = [id, staying.told[0]].sort();
  await until(async () => (await membersOf(group)).length === 2);
  const killedMs = performance.now();
  dying.child.kill('SIGKILL');
  await once(dying.child, 'exit');
  const successor = await startMember(group, { [group]: id });
  const members = await membersOf(group);
  const isLate = performance.now() - killedMs > SOON_MS;
  return isLate ? null : { id, both, told: successor.told, members };
}

test('a process that died is followed by one in its place, and its group does not wait for it', async () => {
  // A group that did wait would be late every time.
  let succeeded: Awaited<ReturnType<typeof succeed>> = null;
  for (let time = 0; time < 4 && !succeeded; time++) succeeded = await succeed(`${namespace}.succeeds-${time}`);
  if (!succeeded) throw new Error(`nobody followed within ${SOON_MS} ms`);
  expect(succeeded.told).toEqual([succeeded.id]);
  expect(succeeded.members).toEqual(succeeded.both);
});

test('an id that the group no longer knows is not insisted on', async () => {
  const group = `${namespace}.unknown`;
  const member = await startMember(group, { [group]: 'member-of-long-ago' });
  expect(await membersOf(group)).toEqual(member.told);
});

test('a member that has left leaves its id to nobody', async () => {
  const group = `${namespace}.leaves`;
  const { child, told } = await startMember(group);
  child.send('leave');
  await until(() => told.length === 2);
  expect(told[1]).toBeNull();
  expect(await membersOf(group)).toEqual([]);
});
