import type { Product } from '../../e2e/support/product.ts';
import { refundId } from '../../services/ledger/refund.ts';
import type { History } from '../history.ts';
import { checkCache } from './cache.ts';
import { checkFrames, unjudged } from './frames.ts';
import { checkGoals } from './goals.ts';
import { type LedgerFacts, readLedger } from './ledger-facts.ts';
import { type LogFacts, readLogs } from './log.ts';
import { checkMessages } from './messages.ts';
import { checkMoney } from './money.ts';
import { checkQuiet, type DeadLetters, readDeadLetters, withKafka } from './quiet.ts';
import { bookingsOf, checkRooms } from './rooms.ts';
import { readRooms, type RoomsFacts } from './rooms-facts.ts';
import { framesOf } from './shown.ts';
import { checkTotals } from './totals.ts';
import { byInvariant, type Violations } from './violations.ts';

export { untilQuiet } from './quiet.ts';
export type { Violations } from './violations.ts';

/**
 * Holds what was asked, answered and shown against the tables and the log, once the product is quiet: I1 to I12 of
 * reliability.md, but for memory and descriptors, which are the runner's.
 * @param say gets a note where a part could not be checked
 * @param tellUnknown gets the number of rooms of which nobody can say whether all was shown there
 */
export async function check(
  product: Pick<Product, 'rooms' | 'ledger' | 'namespace' | 'servers' | 'visitor'>,
  history: History,
  say: (line: string) => void = () => undefined,
  tellUnknown: (rooms: number) => void = () => undefined,
): Promise<Violations> {
  // First: a stale entry of the cache lives for 30 s.
  const stale = await checkCache(product, history);
  const { letters, logs } = await withKafka(product, async (kafka) => {
    return { letters: await readDeadLetters(kafka), logs: await readLogs(kafka, product.namespace) };
  });
  if (logs.frames === null) say('ws.out no longer has its beginning: viewers are held against each other only');
  const blind = unjudged(history, logs);
  if (blind.length > 0) say(`every viewer had a gap in ${blind.length} rooms: whether all was shown there is unknown`);
  tellUnknown(blind.length);
  const facts = { ledger: await readLedger(product.ledger), rooms: await readRooms(product.rooms), letters, logs };
  return byInvariant([...stale, ...(await judge(history, facts)), ...(await checkQuiet(product, history, letters))]);
}

/** All that was read. */
export interface Facts {
  readonly ledger: LedgerFacts;
  readonly rooms: RoomsFacts;
  readonly letters: DeadLetters;
  readonly logs: LogFacts;
}

/** What of it does not hold; without asking anybody anything. */
export async function judge(history: History, { ledger, rooms, letters, logs }: Facts): Promise<Violations> {
  const bookings = bookingsOf(ledger, refundId);
  return byInvariant([
    ...checkMoney(history, ledger, letters.donations),
    ...checkRooms(bookings, rooms, letters.donations),
    ...checkTotals(ledger, rooms),
    ...checkGoals(history, rooms, logs.endings),
    ...checkMessages(history, rooms),
    ...(await checkFrames(history, { bookings, shown: framesOf(rooms), logs })),
  ]);
}
