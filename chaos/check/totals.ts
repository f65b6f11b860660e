import type { LedgerFacts } from './ledger-facts.ts';
import type { RoomsFacts, Totals } from './rooms-facts.ts';
import { violations, type Violations } from './violations.ts';

/** I6: what each donor has given is the same wherever it is added up, and the sponsor is one who has given most. */
export function checkTotals(ledger: LedgerFacts, rooms: RoomsFacts): Violations {
  const kept = keptByLedger(ledger);
  const shares = new SumsOf();
  for (const { room, donor, sum, refundedAt } of rooms.donorShares.values()) {
    if (refundedAt === null && donor !== null) shares.add(room, donor, sum);
  }
  const settled = new SumsOf();
  for (const { room, donor, sum, status } of rooms.donations.values()) {
    if (status === 'settled') settled.add(room, donor, sum);
  }
  const wrongTops = [...kept.keys()].filter((room) => !isTop(rooms.tops.get(room)?.holder ?? null, kept.get(room)));
  const wrongTold = [...rooms.tops].filter(([room, { holder, version }]) => {
    const told = rooms.told.get(room) ?? new Map<number, string | null>();
    return told.size !== version || (version > 0 && told.get(version) !== holder);
  });
  return [
    ...violations('I6', 'donations do not add up to what the ledger has', differing(kept, settled.totals)),
    ...violations('I6', 'contributions do not add up to what the ledger has', differing(kept, shares.totals)),
    ...violations('I6', 'totals are not what the ledger has', differing(kept, rooms.totals)),
    ...violations('I6', 'hours do not add up to what the ledger has', differing(kept, rooms.hours)),
    ...violations('I6', 'the sponsor is not who has given most', wrongTops),
    ...violations(
      'I6',
      'other sponsors were told than there were',
      wrongTold.map(([room]) => room),
    ),
  ];
}

/** What was settled and did not go back, by room and donor. */
function keptByLedger({ transfers }: LedgerFacts): Totals {
  const kept = new SumsOf();
  for (const { kind, state, from, to, sum } of transfers.values()) {
    if (state !== 'settled') continue;
    if (kind === 'donation') kept.add(to, from, sum);
    if (kind === 'refund') kept.add(from, to, -sum);
  }
  return kept.totals;
}

class SumsOf {
  readonly totals = new Map<string, Map<string, bigint>>();

  add(room: string, donor: string, sum: bigint): void {
    const donors = this.totals.get(room) ?? new Map<string, bigint>();
    this.totals.set(room, donors.set(donor, (donors.get(donor) ?? 0n) + sum));
  }
}

/** `room/donor` of every total that is not alike in both; a missing one is 0. */
export function differing(one: Totals, other: Totals): string[] {
  const found: string[] = [];
  for (const room of new Set([...one.keys(), ...other.keys()])) {
    const [here, there] = [one.get(room), other.get(room)];
    for (const donor of new Set([...(here?.keys() ?? []), ...(there?.keys() ?? [])])) {
      if ((here?.get(donor) ?? 0n) !== (there?.get(donor) ?? 0n)) found.push(`${room}/${donor}`);
    }
  }
  return found;
}

/** True for one of those with the highest total; for nobody where nothing is left. */
export function isTop(holder: string | null, totals: ReadonlyMap<string, bigint> = new Map()): boolean {
  let most = 0n;
  for (const total of totals.values()) if (total > most) most = total;
  return most === 0n ? holder === null : holder !== null && totals.get(holder) === most;
}
