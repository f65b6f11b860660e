/** `node bench/load/room-log.ts`: a viewer who notes when each "due …" message of a room arrived, and how often. */
import { WebSocket } from 'ws';

export type LogTold =
  | { readonly kind: 'enter'; readonly port: number; readonly owner: string; readonly token: string }
  | { readonly kind: 'report' };

export type LogAnswered =
  | { readonly kind: 'entered' }
  | {
      readonly kind: 'report';
      /** By place, on the machine's monotonic clock, ms; null for what has not come. */
      readonly arrivedMs: readonly (number | null)[];
      readonly doubled: number;
    }
  | { readonly kind: 'failed'; readonly why: string };

const tell = (answer: LogAnswered) => void process.send?.(answer);
/** The machine's one monotonic clock, the same in every process, in ms. */
const clock = () => Number(process.hrtime.bigint()) / 1e6;

const arrivedMs: number[] = [];
let doubled = 0;
let failure: string | null = null;

process.on('disconnect', () => process.exit(0));
process.on('message', (told: LogTold) => {
  if (told.kind === 'enter') enter(told);
  else if (failure !== null) tell({ kind: 'failed', why: failure });
  // Places that are missing become null on the way.
  else tell({ kind: 'report', arrivedMs, doubled });
});

function enter({ port, owner, token }: Extract<LogTold, { kind: 'enter' }>): void {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/room/${owner}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  socket.on('error', (error) => tell({ kind: 'failed', why: error.message }));
  socket.on('close', (code) => (failure = `the gateway cut the viewer off (${code})`));
  socket.on('message', (data: Buffer) => {
    const text = data.toString('latin1');
    const place = /"value":"due (\d+)"/.exec(text)?.[1];
    if (place !== undefined) note(Number(place));
    else if (text.includes('"type":"subscribed"') && text.includes('"topic":"room:')) tell({ kind: 'entered' });
  });
}

function note(place: number): void {
  if (arrivedMs[place] === undefined) arrivedMs[place] = clock();
  else doubled += 1;
}
