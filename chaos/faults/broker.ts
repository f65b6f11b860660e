import { statSync } from 'node:fs';
import { run } from '../../scripts/stack/run.ts';
import type { Fault, Stand } from '../fault.ts';
import { newestSegment, foldersOf } from './broker-admin.ts';
import { loseBrokers } from './broker-cluster.ts';
import { cutTail } from './broker-tail.ts';
import { recreateFrames } from './frames-recreated.ts';
import { IngressWatch } from './ingress-watch.ts';
import { checkRefusals, Probes } from './probes.ts';
import { killAndStart, killRepeatedly, serverOf, suspendServer, untilShownAgain } from './servers.ts';

/** Faults of the broker. */

const DOWN_MS = 60_000;
const HANGS_MS = 20_000;
const BACK_LIMIT_MS = 60_000;

/** The broker is away for a minute; the ingress says so to each caller, stays itself, and claims nothing. */
async function downAtIngress(stand: Stand): Promise<void> {
  const backAtMs = await killAndStart(stand, 'kafka', 'broker, down for 60 s', () =>
    underWatch(stand, { row: '14', what: 'the broker was down' }, DOWN_MS),
  );
  await expectBack(stand, '14', backAtMs);
}

/** The broker hangs with its connections open; nobody waits for it longer than told. */
async function hang(stand: Stand): Promise<void> {
  await suspendServer(stand, 'kafka', 'broker for 20 s', () =>
    underWatch(stand, { row: '16', what: 'the broker hung' }, HANGS_MS),
  );
  await expectBack(stand, '16', performance.now());
}

/** Lets the time pass with strangers publishing, and states what the ingress did that it should not have done. */
async function underWatch(stand: Stand, outage: { row: string; what: string }, ms: number): Promise<void> {
  const fromMs = performance.now();
  const watch = new IngressWatch(stand);
  const probes = new Probes(stand);
  try {
    await stand.pause(ms);
  } finally {
    const probed = await probes.stop();
    await watch.stop(outage.row, outage.what);
    checkRefusals(stand, probed, { ...outage, fromMs, untilMs: performance.now() });
  }
}

async function expectBack(stand: Stand, row: string, sinceMs: number): Promise<void> {
  if (await untilShownAgain(stand, sinceMs, BACK_LIMIT_MS)) return;
  stand.violated(`row ${row}: nothing was shown ${BACK_LIMIT_MS / 1_000} s after the broker was back`);
}

const FULL_MS = 10_000;
const REFUSES_LIMIT_MS = 30_000;
/** Fewer bytes than a record of ours: the next write to a file that long is torn. */
const LAST_BYTES = 100;

/** A limit on its files' size makes the running broker's writes fail as a full disk would, one of them halfway. */
async function fillDisk(stand: Stand): Promise<void> {
  const broker = serverOf(stand, 'kafka');
  const folders = await foldersOf(stand, 'donations');
  const sizes = folders.map((folder) => statSync(newestSegment(folder)).size);
  const { back } = stand.injected('disk full on the broker');
  const probes = new Probes(stand);
  try {
    await run(['prlimit', `--pid=${broker.pid}`, `--fsize=${Math.max(...sizes) + LAST_BYTES}`]);
    await untilRefused(stand, probes);
    await underWatch(stand, { row: '18', what: "the broker's disk was full" }, FULL_MS);
    stand.say(`  the broker ${broker.pid === 0 ? 'has stopped' : 'refuses'}`);
  } finally {
    await probes.stop();
    await broker.kill('SIGKILL');
    await broker.start();
    back();
  }
  await expectBack(stand, '18', performance.now());
}

/** Until then files that were shorter than the limit could still be written. */
async function untilRefused(stand: Stand, probes: Probes): Promise<void> {
  const until = performance.now() + REFUSES_LIMIT_MS;
  while (!probes.done.some(({ status }) => status === 503)) {
    if (performance.now() > until)
      return stand.violated("row 18: nothing was refused though the broker's disk was full");
    await stand.pause(100);
  }
}

const fault = (row: string, name: string, title: string, seconds: number, inject: Fault['inject']): Fault => ({
  ...{ row, name, title, needs: ['servers'], seconds, inject },
});

export const brokerFaults: readonly Fault[] = [
  fault('13', 'kill-broker', 'SIGKILL and restart of the broker, over and over', 120, (stand) =>
    killRepeatedly(stand, 'kafka', 'broker'),
  ),
  fault('14', 'broker-down', 'The broker is down for 60 s', 90, downAtIngress),
  fault('16', 'broker-hangs', 'The broker is suspended for 20 s', 50, hang),
  {
    ...fault('17', 'lose-brokers', 'Of three brokers one dies, then another', 90, loseBrokers),
    needs: ['servers', 'cluster'],
  },
  fault('18', 'disk-full', "The broker's disk is full", 60, fillDisk),
  fault('19', 'cut-tail', 'The end of a log is lost, as in a power cut', 60, cutTail),
  fault('20', 'frames-recreated', 'ws.out is deleted and made anew under its name', 120, recreateFrames),
];
