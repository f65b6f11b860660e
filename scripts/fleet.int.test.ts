import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { startFleet, type Fleet, type FleetOptions } from './fleet.ts';

let folder: string;
let fleet: Fleet | undefined;
let lines: string[];

/** A process like ours: ready on its port, ended by a signal or by its supervisor's end. */
const server = `
  import { createServer } from 'node:http';
  const port = Number(process.env.PORT ?? process.env.METRICS_PORT);
  createServer((request, response) => response.end('ready')).listen(port, '127.0.0.1');
  console.log(JSON.stringify({ level: 'info', msg: 'listening', port }));
  process.on('SIGTERM', () => process.exit(0));
  process.on('disconnect', () => process.exit(0));
`;

beforeEach(async () => {
  folder = await mkdtemp(`${tmpdir()}/fleet-`);
  lines = [];
  await writeFile(`${folder}/server.mjs`, server);
  await writeFile(`${folder}/broken.mjs`, 'process.exit(3);');
  await writeFile(`${folder}/Procfile`, `ingress: node ${folder}/server.mjs\nsave: node ${folder}/server.mjs\n`);
  await writeFile(`${folder}/Procfile.broken`, `save: node ${folder}/broken.mjs\n`);
});

afterEach(async () => {
  await fleet?.stop();
  fleet = undefined;
  await rm(folder, { recursive: true, force: true });
});

async function start(options: Partial<FleetOptions> = {}): Promise<Fleet> {
  fleet = await startFleet({
    env: { PATH: process.env.PATH },
    procfile: `${folder}/Procfile`,
    log: (line) => lines.push(line),
    ...options,
  });
  return fleet;
}

test('all processes get ports of their own, become ready, and are gone after stop', async () => {
  const { processes, ready, stop } = await start({ counts: { save: 2 } });
  await ready();
  expect(processes.map(({ name, instance }) => `${name} ${instance}`)).toEqual(['ingress 0', 'save 0', 'save 1']);
  const ports = processes.flatMap(({ port, metricsPort }) => [port, metricsPort]).filter((port) => port > 0);
  expect(new Set(ports).size).toBe(4);
  expect(lines.join('\n')).toMatch(/save\.2 +\| listening port=\d+/);
  const pids = processes.map(({ pid }) => pid);
  await stop();
  for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
});

test('a process that dies is started again on the same port, and the log says so', async () => {
  const { processes, ready } = await start({ names: ['save'] });
  await ready();
  const [save] = processes;
  const before = save?.pid;
  await save?.kill('SIGKILL');
  await until(() => save?.pid !== 0);
  await ready();
  expect(save?.pid).not.toBe(before);
  expect(lines.join('\n')).toContain('ended unexpectedly (SIGKILL); it is started again in 0.1 s');
});

test('a process that dies leaves its places in consumer groups to the next, and what it has left does not', async () => {
  await writeFile(
    `${folder}/member.mjs`,
    `${server}
    console.log(JSON.stringify({ level: 'info', msg: 'inherits ' + process.env.KAFKA_MEMBER_IDS }));
    const tell = (group, id) => process.send({ member: { group, id } });
    tell('stays', 'id-' + process.pid); tell('leaves', 'gone'); tell('leaves', null);`,
  );
  await writeFile(`${folder}/Procfile.member`, `save: node ${folder}/member.mjs\n`);
  const { processes, ready } = await start({ procfile: `${folder}/Procfile.member` });
  await ready();
  const [save] = processes;
  const dead = save?.pid;
  await save?.kill('SIGKILL');
  await until(() => lines.filter((line) => line.includes('inherits')).length === 2);
  const inherited = lines.flatMap((line) => line.split('inherits ')[1] ?? []);
  expect(inherited).toEqual(['{}', `{"stays":"id-${dead}"}`]);
});

test('without restarts a killed process stays ended until it is started', async () => {
  const { processes, ready } = await start({ names: ['save'], restart: false });
  await ready();
  const [save] = processes;
  await save?.kill('SIGKILL');
  await sleep(300); // longer than the first pause of a supervisor that would start it again
  expect(save?.pid).toBe(0);
  save?.start();
  await ready();
});

test('a process that cannot start makes ready fail instead of wait', async () => {
  const { ready } = await start({ procfile: `${folder}/Procfile.broken` });
  await expect(ready()).rejects.toThrow('save ended 3 times');
});

test('a process whose environment cannot be right is not started again, and ready says so at once', async () => {
  await writeFile(`${folder}/misconfigured.mjs`, 'process.exit(78);');
  await writeFile(`${folder}/Procfile.misconfigured`, `save: node ${folder}/misconfigured.mjs\n`);
  const { processes, ready } = await start({ procfile: `${folder}/Procfile.misconfigured` });
  await expect(ready()).rejects.toThrow('save cannot run with this environment');
  expect(processes[0]?.crashes).toBe(1);
  expect(lines.join('\n')).toMatch(/ended unexpectedly \(exit code 78\)$/m);
});

test('each start and each end of a process is told', async () => {
  const told: number[] = [];
  let pid = () => 0;
  const changed = () => told.push(pid());
  const { processes, ready, stop } = await start({ names: ['save'], changed });
  pid = () => processes[0]?.pid ?? 0;
  await ready();
  await processes[0]?.kill('SIGKILL');
  await until(() => processes[0]?.pid !== 0);
  await ready();
  await stop();
  expect(told.length).toBe(4);
  expect([told[1], told[3]]).toEqual([0, 0]);
  expect(told[2]).toBeGreaterThan(0);
});

test('a supervisor that is killed takes its processes along', async () => {
  const script = `import { startFleet } from ${JSON.stringify(`${import.meta.dirname}/fleet.ts`)};
    const fleet = await startFleet({ env: process.env, procfile: ${JSON.stringify(`${folder}/Procfile`)}, log: () => {} });
    await fleet.ready();
    console.log(JSON.stringify(fleet.processes.map(({ pid }) => pid)));`;
  const supervisor = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH, NODE_OPTIONS: '--disable-warning=ExperimentalWarning' },
  });
  const [line] = (await once(createInterface({ input: supervisor.stdout }), 'line')) as [string];
  supervisor.kill('SIGKILL');
  for (const pid of JSON.parse(line) as number[]) await until(() => !isAlive(pid));
});

test('a name that is not in the Procfile is refused', async () => {
  await expect(start({ names: ['nobody'] })).rejects.toThrow('the Procfile has no nobody');
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(20);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
