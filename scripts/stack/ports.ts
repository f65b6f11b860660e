import { readFile, readdir, readlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { randomInt } from 'node:crypto';

/** Below the kernel's own range for outgoing connections (32768–60999): a port chosen there could be gone before it is bound. */
const lowestPort = 20_000;
const highestPort = 32_767;
const maxTries = 200;

const chosen = new Set<number>();

/**
 * Chooses a TCP port that nobody listens on and that this process has not handed out before.
 * Throws when 200 random tries found none.
 */
export async function choosePort(): Promise<number> {
  for (let tries = 0; tries < maxTries; tries += 1) {
    const port = randomInt(lowestPort, highestPort + 1);
    if (!chosen.has(port) && (await isPortFree(port))) {
      chosen.add(port);
      return port;
    }
  }
  throw new Error(`no free port found between ${lowestPort} and ${highestPort} in ${maxTries} tries`);
}

/** Says whether a server could listen on this port now, on every address of the machine. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, () => probe.close(() => resolve(true)));
  });
}

/** Says whether this very process listens on the port: an answer alone could come from a stranger who was there first. */
export async function isListeningOn(pid: number, port: number): Promise<boolean> {
  const inodes = await listeningInodes(port);
  return inodes.size > 0 && (await holdsSocket(pid, inodes));
}

/** Names who listens on the port, as "pid 123 (command line)", or undefined where that cannot be seen. */
export async function portHolder(port: number): Promise<string | undefined> {
  const inodes = await listeningInodes(port);
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name)).map(Number);
  for (const pid of pids) {
    if (await holdsSocket(pid, inodes)) return `pid ${pid} (${(await commandLine(pid)).join(' ')})`;
  }
  return undefined;
}

/** The words a process was started with; empty where the process is gone. */
export async function commandLine(pid: number): Promise<string[]> {
  const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return text.split('\0').slice(0, -1);
}

async function listeningInodes(port: number): Promise<Set<string>> {
  const tables = await Promise.all(
    ['/proc/net/tcp', '/proc/net/tcp6'].map((path) => readFile(path, 'utf8').catch(() => '')),
  );
  return new Set(tables.flatMap((table) => parseListeners(table, port)));
}

/** The socket inodes that a table of /proc/net/tcp shows listening (state 0A) on the port. */
export function parseListeners(table: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(suffix) && fields[3] === '0A')
    .flatMap((fields) => fields[9] ?? []);
}

async function holdsSocket(pid: number, inodes: ReadonlySet<string>): Promise<boolean> {
  const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
  for (const descriptor of descriptors) {
    const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '');
    const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
    if (inode !== undefined && inodes.has(inode)) return true;
  }
  return false;
}
