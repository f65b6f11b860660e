/**
 * `node bench/load/viewers.ts`: many viewers on bare TCP, who count what they get and read none of it, but for those
 * who are timed and look for each event's number.
 */
import type { Socket } from 'node:net';
import type { Opening, Reading, ViewersAnswered, ViewersTold } from '../support/audience.ts';
import type { Pace } from '../support/pace.ts';
import { Arrivals } from './arrivals.ts';
import { enter } from './enter.ts';
import { EventNumbers } from './event-numbers.ts';
import { eventsInFrame } from './frame-reader.ts';

const CONNECTING_AT_ONCE = 50;
const REPORT_EVERY_MS = 5;
/** Who does not read at once reads this often, a few sockets at each tick. */
const REST_MS = 100;
const REST_TICK_MS = 2;

type Habit = 'reads at once' | 'is timed' | 'reads now and then' | 'never reads';

interface Viewer {
  delivered: number;
  /** The number of the event that it must get next, where it is timed. */
  next: number;
}

const viewers: Viewer[] = [];
const sockets: Socket[] = [];
/** Those of viewers who read now and then, and whose turn it is. */
const resting: Socket[] = [];
let turn = 0;
let unitBytes = 0;
let shortestBytes = Infinity;
let delivered = 0;
let reported = 0;
let arrivals: Arrivals | null = null;
let misplaced = 0;
let isClosing = false;

const tell = (answer: ViewersAnswered) => void process.send?.(answer);

process.on('disconnect', () => process.exit(0));
process.on('message', (message: ViewersTold) => {
  if (message.kind === 'open') void open(message);
  if (message.kind === 'begin') begin(message.eventBytes);
  if (message.kind === 'pace') pace(message.pace, message.firsts);
  if (message.kind === 'span') span(message.first);
  if (message.kind === 'time') tell({ kind: 'timed', spans: arrivals?.taken() ?? [], misplaced });
  if (message.kind === 'check') tell({ kind: 'checked', least: least(), most: most() });
  if (message.kind === 'close') close();
});
setInterval(() => {
  if (delivered === reported) return;
  reported = delivered;
  tell({ kind: 'count', delivered });
}, REPORT_EVERY_MS);
setInterval(() => {
  const share = Math.ceil((resting.length * REST_TICK_MS) / REST_MS);
  for (let at = 0; at < share; at++) resting[turn++ % resting.length]?.resume();
}, REST_TICK_MS);

async function open({ door, seats, reading }: Opening): Promise<void> {
  isClosing = false;
  const waiting = [...seats];
  const openNext = async () => {
    for (let seat = waiting.pop(); seat !== undefined; seat = waiting.pop()) {
      const habit = habitOf(reading, waiting.length);
      const socket = await enter(door, seat, newGuest(habit));
      sockets.push(socket);
      if (habit === 'reads now and then') resting.push(socket);
    }
  };
  await Promise.all(Array.from({ length: CONNECTING_AT_ONCE }, openNext));
  tell({ kind: 'opened' });
}

function habitOf(reading: Reading, at: number): Habit {
  if (reading === 'never, once in the room') return 'never reads';
  if (reading === 'at once') return 'reads at once';
  return at % 10 === 0 ? 'is timed' : 'reads now and then';
}

function newGuest(habit: Habit) {
  const viewer: Viewer = { delivered: 0, next: 0 };
  viewers.push(viewer);
  const numbers = new EventNumbers();
  return {
    onFrame: (payloadBytes: number) => count(viewer, payloadBytes),
    onPiece:
      habit === 'is timed'
        ? (piece: Buffer, isLast: boolean) => {
            for (const number of numbers.read(piece, isLast)) note(viewer, number);
          }
        : null,
    readsOn: habit === 'reads at once' || habit === 'is timed',
    onEnd() {
      if (!isClosing && habit !== 'never reads') tell({ kind: 'lost' });
    },
  };
}

/** The first event alone on its way shows how long a frame with one event is, whatever a server wraps it in. */
function begin(eventBytes: number): void {
  unitBytes = 0;
  shortestBytes = eventBytes;
  delivered = 0;
  reported = 0;
  arrivals = null;
  for (const viewer of viewers) viewer.delivered = 0;
  tell({ kind: 'begun' });
}

function pace(rate: Pace, firsts: readonly number[]): void {
  arrivals = new Arrivals(rate);
  misplaced = 0;
  for (const viewer of viewers) viewer.next = 1;
  for (const first of firsts) arrivals.beginSpan(first);
  tell({ kind: 'paced' });
}

function span(first: number): void {
  arrivals?.beginSpan(first);
  tell({ kind: 'paced' });
}

const least = () => viewers.reduce((lowest, viewer) => Math.min(lowest, viewer.delivered), Infinity);
const most = () => viewers.reduce((highest, viewer) => Math.max(highest, viewer.delivered), 0);

function close(): void {
  isClosing = true;
  for (const socket of sockets) socket.destroy();
  for (const list of [viewers, sockets, resting]) list.length = 0;
  tell({ kind: 'closed' });
}

function count(viewer: Viewer, payloadBytes: number): void {
  if (payloadBytes < shortestBytes) return;
  unitBytes ||= payloadBytes;
  const events = eventsInFrame(payloadBytes, unitBytes);
  viewer.delivered += events;
  delivered += events;
}

function note(viewer: Viewer, number: number): void {
  if (!arrivals) return;
  if (number !== viewer.next) misplaced++;
  viewer.next = number + 1;
  arrivals.note(number);
}
