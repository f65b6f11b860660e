import { formatAmount } from '../../shared/amount.ts';
import type { Row, Transaction } from '../../shared/database.ts';
import { bytesToUuid } from '../../shared/ids.ts';
import { eachRow } from './pages.ts';
import type { DonationFact, MessageFact } from './rooms-facts.ts';
import { textsIn } from './texts.ts';

/** A row of the rooms' history. */
export interface EntryFact {
  readonly room: string;
  readonly type: string;
  readonly isPublic: boolean;
  /** Its text, or its sum, is that of the message or donation which it shows. */
  readonly isFaithful: boolean;
  /** What people have written that stands in it, in whichever field. */
  readonly texts: readonly string[];
  /** Who may see it where it is private. */
  readonly subjects: readonly string[];
}

const SUBJECTS = `IF(is_public, NULL, (SELECT GROUP_CONCAT(HEX(s.subject)) FROM room_event_subjects s
  WHERE s.owner_id = room_events.owner_id AND s.position = room_events.position)) AS subjects`;

/** The rooms' history as it is stored, each entry held against what it shows. */
export async function readEntries(
  tx: Transaction,
  donations: ReadonlyMap<string, DonationFact>,
  messages: ReadonlyMap<string, MessageFact>,
): Promise<ReadonlyMap<string, EntryFact>> {
  const entries = new Map<string, EntryFact>();
  type Columns = { type: string; is_public: number; body: string; subjects: string | null };
  await eachRow<Row & Record<'id' | 'owner_id', Buffer> & Columns>(
    tx,
    { columns: `position, id, owner_id, type, is_public, body, ${SUBJECTS}`, table: 'room_events', key: 'position' },
    ({ id: bytes, owner_id, type, is_public, body, subjects }) => {
      const id = bytesToUuid(bytes);
      entries.set(id, {
        ...{ room: bytesToUuid(owner_id), type, isPublic: is_public === 1 },
        isFaithful: isSame(body, messages.get(id), donations.get(id)),
        texts: textsIn(body),
        subjects: (subjects?.split(',') ?? []).map((hex) => bytesToUuid(Buffer.from(hex, 'hex'))),
      });
    },
  );
  return entries;
}

function isSame(body: string, message: MessageFact | undefined, donation: DonationFact | undefined): boolean {
  const { value, sum } = JSON.parse(body) as { value?: unknown; sum?: unknown };
  if (message) return value === message.value;
  return !donation || sum === formatAmount(donation.sum, donation.currency);
}
