import { houseAccount } from '../../services/ledger/account.ts';
import { refundId } from '../../services/ledger/refund.ts';
import type { History, Request } from '../history.ts';
import { askedFor, beyondAllowance, mayHaveHappened } from './asked.ts';
import type { LedgerFacts, TransferFact } from './ledger-facts.ts';
import { violations, type Violations } from './violations.ts';

/**
 * I1 to I3: each request for money has had its one effect, and no money came of anything else.
 * @param deadLettered donations that transfer-money has set aside
 */
export function checkMoney(history: History, ledger: LedgerFacts, deadLettered: ReadonlySet<string>): Violations {
  return [
    ...checkDonations(history, ledger, deadLettered),
    ...checkRefunds(history, ledger),
    ...checkPostings(ledger),
    ...checkDeposits(history, ledger),
    ...checkSums(ledger),
    ...checkBalances(ledger),
  ];
}

const ofKind = ({ transfers }: LedgerFacts, kind: string) => [...transfers].filter(([, row]) => row.kind === kind);

function checkDonations(history: History, ledger: LedgerFacts, deadLettered: ReadonlySet<string>): Violations {
  const { confirmed, possible, shared } = askedFor(history.requests, 'donation');
  const booked = new Map(ofKind(ledger, 'donation'));
  const withoutEnd = [...confirmed.keys()].filter((id) => !booked.has(id) && !deadLettered.has(id));
  const wrong: string[] = [];
  const unasked: string[] = [];
  const settledRooms = new Set<string>();
  for (const [id, row] of booked) {
    const request = confirmed.get(id) ?? possible.get(id);
    if (!request) unasked.push(id);
    else if (!isItsTransfer(row, request)) wrong.push(id);
    if (row.state === 'settled') settledRooms.add(row.to);
  }
  const twice = history.requests.filter(({ answers }) => answers.has(-1)).map(({ key }) => key);
  return [
    ...violations('I1', 'no terminal state', withoutEnd),
    ...violations('I1', 'booked otherwise than asked for', wrong),
    ...violations('I1', 'booked, but no request can have made it', unasked),
    ...violations('I1', 'two requests share an id', shared),
    ...violations('I1', 'keys that were answered with two ids', twice),
    ...violations('I1', 'nothing settled in the room', deadRooms(history, settledRooms)),
  ];
}

const TERMINAL = ['settled', 'rejected'];

function isItsTransfer(row: TransferFact, { by, room, sum }: Request): boolean {
  return TERMINAL.includes(row.state) && row.from === by && row.to === room && row.sum === sum;
}

/** Where nothing has settled, most of what is checked would hold of itself. */
function deadRooms(history: History, settledRooms: ReadonlySet<string>): readonly string[] {
  if (history.rooms.length === 0) return ['no room at all'];
  return history.rooms.filter((room) => !settledRooms.has(room));
}

/** A refund is one transfer of its donation's sum, the other way round. */
function checkRefunds(history: History, ledger: LedgerFacts): Violations {
  const requests = history.requests.filter(({ kind }) => kind === 'refund');
  const rows = ofKind(ledger, 'refund');
  const donations = new Map<string, TransferFact>();
  if (rows.length > 0) {
    for (const [id, row] of ofKind(ledger, 'donation')) if (row.state === 'settled') donations.set(refundId(id), row);
  }
  const wrong = rows.filter(([id, row]) => {
    const given = donations.get(id);
    const isReversal = given && row.from === given.to && row.to === given.from && row.sum === given.sum;
    return !isReversal || row.state !== 'settled' || row.currency !== given.currency;
  });
  const confirmed = new Map(requests.flatMap((request) => (request.id === null ? [] : [[request.id, request]])));
  const missing = [...confirmed].filter(([id, { room }]) => {
    const row = ledger.transfers.get(id);
    return row?.kind !== 'refund' || row.from !== room;
  });
  const allowed = new Map<string, number>();
  for (const request of requests) {
    if (mayHaveHappened(request)) allowed.set(request.room, (allowed.get(request.room) ?? 0) + 1);
  }
  const unconfirmed = rows.filter(([id]) => !confirmed.has(id)).map(([id, row]) => ({ id, room: row.from }));
  return [
    ...violations('I1', 'confirmed refunds that were not booked', ids(missing)),
    ...violations('I1', 'refunds that are no reversal of a settled donation', ids(wrong)),
    ...violations('I1', 'refunds that no request can have made', beyondAllowance(unconfirmed, allowed)),
  ];
}

const ids = (rows: readonly (readonly [string, unknown])[]) => rows.map(([id]) => id);

function checkPostings({ transfers, orphans }: LedgerFacts): Violations {
  const wrong = [...transfers].filter(([, { state, postings, debits, credits }]) =>
    state === 'settled' ? postings !== 2 || debits !== 1 || credits !== 1 : postings !== 0,
  );
  return [...violations('I1', 'wrong postings', ids(wrong)), ...violations('I1', 'postings of no transfer', orphans)];
}

/** Money comes in by deposits alone: each confirmed one is there, and none that nobody asked for. */
function checkDeposits(history: History, ledger: LedgerFacts): Violations {
  const { confirmed, possible, shared } = askedFor(history.requests, 'deposit');
  const rows = new Map(ofKind(ledger, 'deposit'));
  const wrong = [...rows].filter(([id, row]) => {
    const request = confirmed.get(id) ?? possible.get(id);
    const isItsDeposit = request && row.to === request.room && row.sum === request.sum && row.state === 'settled';
    return !isItsDeposit || row.from !== houseAccount(row.currency);
  });
  const known = ['donation', 'refund', 'deposit'];
  const others = [...ledger.transfers].filter(([, { kind }]) => !known.includes(kind));
  return [
    ...violations(
      'I2',
      'confirmed deposits that are not there',
      [...confirmed.keys()].filter((id) => !rows.has(id)),
    ),
    ...violations('I2', 'deposits that nobody asked for so', ids(wrong)),
    ...violations('I2', 'deposits under one id', shared),
    ...violations('I2', 'money moved without a request', ids(others)),
  ];
}

function checkSums(ledger: LedgerFacts): Violations {
  const deposited = ofKind(ledger, 'deposit').reduce((sum, [, row]) => sum + row.sum, 0n);
  const held = [...ledger.balances.values()].reduce((sum, balance) => sum + balance, 0n);
  const unbalanced = [...ledger.currencies].filter(([, sum]) => sum !== 0n).map(([name, sum]) => `${name} ${sum}`);
  return [
    ...violations('I2', 'the postings do not sum to zero', unbalanced),
    ...(held === deposited ? [] : [`I2 the balances sum to ${held}, the deposits to ${deposited}`]),
  ];
}

function checkBalances({ balances, posted, currencies }: LedgerFacts): Violations {
  const houses = new Set([...currencies.keys()].map(houseAccount));
  const wrong = [...balances].filter(([id, balance]) => balance !== (posted.get(id) ?? 0n) || balance < 0n);
  const unknown = [...posted.keys()].filter((id) => !balances.has(id) && !houses.has(id));
  return [
    ...violations('I3', 'the balance is not the sum of the postings, or below zero', ids(wrong)),
    ...violations('I3', 'postings of an account that is not there', unknown),
  ];
}
