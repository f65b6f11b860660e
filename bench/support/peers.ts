import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { type ChildProgram, nodeProgram } from './children.ts';
import type { Bench, Skipped } from './figure.ts';
import { openKafkaFeed, openSocketFeed } from './peer-feed.ts';
import type { PeerRoom } from './peer-room.ts';

const root = resolve(import.meta.dirname, '../..');
const folder = `${root}/bench/peers`;
const centrifuge = `${root}/.stack/cache/bench-centrifuge`;
const installTimeoutMs = 180_000;

export interface PeerRooms {
  readonly rooms: readonly PeerRoom[];
  readonly skipped: readonly Skipped[];
}

/** The rooms that ours is compared with, as far as this machine can run them; each is fed over a socket. */
export function peerRooms(bench: Bench): PeerRooms {
  const npm = installPackages(bench);
  const candidates = [
    { name: 'ws, send per viewer', program: nodeProgram('plain/ws-loop.ts'), door: door('/') },
    { name: 'socket.io', program: npm ?? onNode(process.execPath, 'socket-io.mjs'), door: socketIoDoor },
    { name: 'uWebSockets.js', program: npm ?? uwsProgram(), door: door('/') },
    { name: 'centrifuge', program: buildCentrifuge(bench), door: centrifugeDoor },
  ];
  const rooms: PeerRoom[] = [];
  const skipped: Skipped[] = [];
  for (const { name, program, door } of candidates) {
    if (typeof program === 'string') skipped.push({ what: name, why: program });
    else rooms.push({ name, program, door, openFeed: openSocketFeed });
  }
  return { rooms, skipped };
}

/** What a peer is called where it reads its events from Kafka itself, as our gateway does. */
export const fromKafka = (name: string) => `${name}, from Kafka`;

/** The same rooms, and then each of them once more, reading from Kafka. */
export function alsoFromKafka({ rooms, skipped }: PeerRooms, brokers: readonly string[]): PeerRooms {
  const openFeed = () => openKafkaFeed(brokers);
  return {
    rooms: [...rooms, ...rooms.map((room) => ({ ...room, name: fromKafka(room.name), openFeed }))],
    skipped: [...skipped, ...skipped.map(({ what, why }) => ({ what: fromKafka(what), why }))],
  };
}

function door(path: string, firstFrames: readonly string[] = [], framesBeforeReady = 0) {
  return { path, firstFrames, framesBeforeReady };
}

/** Its own handshake, Engine.IO 4: the server says "0…", we say "40" (enter the main namespace), it says "40…". */
const socketIoDoor = door('/socket.io/?EIO=4&transport=websocket', ['40'], 2);
const centrifugeDoor = door('/connection/websocket', ['{"id":1,"connect":{}}'], 1);

/** The packages of `bench/peers`, never installed with the product. Says why they are not there. */
function installPackages({ quick, log }: Bench): string | null {
  const stamp = `${folder}/node_modules/.package-lock.json`;
  const lock = `${folder}/package-lock.json`;
  if (existsSync(stamp) && statSync(stamp).mtimeMs >= statSync(lock).mtimeMs) return null;
  if (quick) return 'its package is not installed, and --quick installs nothing';
  log('installing the packages of the peers (bench/peers)');
  const { status, stderr } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    ...{ cwd: folder, timeout: installTimeoutMs, encoding: 'utf8' },
  });
  return status === 0 ? null : `npm ci in bench/peers failed: ${stderr.trim().split('\n').at(-1)}`;
}

function onNode(node: string, file: string): ChildProgram {
  return { command: node, args: [`${folder}/${file}`] };
}

/** The unofficial fork, the only one on npm, has binaries for Node 16, 18 and 20: it runs on the last of these. */
function uwsProgram(): ChildProgram | string {
  const node = `${folder}/node_modules/.bin/node`;
  const modules = spawnSync(node, ['-p', 'process.versions.modules'], { encoding: 'utf8' }).stdout?.trim();
  const binary = `${folder}/node_modules/@trufflesuite/uws-js-unofficial/dist/uws_${process.platform}_${process.arch}_${modules}.node`;
  if (!modules || !existsSync(binary)) return `its fork on npm has no binary for ${process.platform} ${process.arch}`;
  return onNode(node, 'uws.mjs');
}

function buildCentrifuge({ quick, log }: Bench): ChildProgram | string {
  const program = { command: centrifuge, args: [], env: { GOMAXPROCS: '1' } };
  if (quick) return existsSync(centrifuge) ? program : 'it is not built, and --quick builds nothing';
  log('building the centrifuge peer (bench/peers/centrifuge)');
  const { status, error, stderr } = spawnSync('go', ['build', '-o', centrifuge, '.'], {
    ...{ cwd: `${folder}/centrifuge`, timeout: installTimeoutMs, encoding: 'utf8' },
  });
  if (error) return `there is no Go on this machine (${error.message})`;
  return status === 0 ? program : `go build failed: ${stderr.trim().split('\n').at(-1)}`;
}
