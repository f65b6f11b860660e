import { createServer } from 'node:net';
import { createInterface } from 'node:readline';

/** The ports that a peer was told to serve on: its viewers', and that of its feed. */
export function ports(): { viewers: number; feed: number } {
  const [viewers = 0, feed = 0] = process.argv.slice(-2).map(Number);
  return { viewers, feed };
}

/** Calls `publish` with each line that comes in on `port`, then says "ready" and ends with whoever started us. */
export function serveFeed(port: number, publish: (line: string) => void): void {
  createServer((socket) => createInterface({ input: socket }).on('line', publish)).listen(port, '127.0.0.1', ready);
}

export function ready(): void {
  process.stdin.on('end', () => process.exit(0)).resume();
  process.stdout.write('ready\n');
}
