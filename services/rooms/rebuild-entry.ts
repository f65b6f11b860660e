import { formatAmount } from '../../shared/amount.ts';
import type { Payload } from '../../shared/events/catalogue.ts';
import type { Frame } from '../../shared/frame.ts';
import type { Person } from '../../shared/schema.ts';
import { donateFrame, messageFrame, sponsorFrame } from './frames.ts';
import { type RoomEvent, toRoomEvent } from './room-event.ts';
import { newSponsorId } from './sponsor.ts';

/** What the tables keep of a message, a settled donation and a told sponsor, without people's names. */
export type Source =
  | { readonly kind: 'message'; readonly message: Omit<Payload<'AddNewMessage'>, 'from'>; readonly from: Party }
  | {
      readonly kind: 'donate';
      readonly donate: {
        readonly id: string;
        readonly ownerId: string;
        readonly sum: bigint;
        readonly currency: string;
      };
      readonly from: Party;
      readonly comment: { readonly message: string; readonly is_public: boolean } | null;
      readonly settledAt: string;
      readonly isRefunded: boolean;
    }
  | {
      readonly kind: 'change_sponsor';
      readonly told: {
        readonly ownerId: string;
        readonly version: number;
        readonly total: bigint;
        readonly currency: string;
      };
      readonly from: Party | null;
      readonly at: string;
    };

export type Party = Pick<Person, 'uuid' | 'type'>;

/**
 * The entry of the history that a source makes. The tables keep people's newest names and times to the millisecond,
 * while an entry says what was so when it was made: so the name and the time's spelling of the entry that stands are
 * taken over where it still is of the same person and instant.
 * @param newestName of a person, "" where none is known
 */
export function expectedEntry(
  source: Source,
  standing: string | null,
  newestName: (uuid: string) => string,
): RoomEvent {
  const old = readBody(standing);
  const nameOf = ({ uuid }: Party) => (old.person?.uuid === uuid ? (old.person.name ?? '') : newestName(uuid));
  const timeOf = (at: string) =>
    old.created_at !== undefined && Date.parse(old.created_at) === Date.parse(at) ? old.created_at : at;
  const { frame, ownerId } = toFrame(source, nameOf, timeOf);
  const entry = toRoomEvent(frame, ownerId);
  return source.kind === 'donate' && source.isRefunded ? { ...entry, body: asRefunded(entry.body) } : entry;
}

/** The mark stands behind the last field, as the listener puts it. */
function asRefunded(body: string): string {
  return `${body.slice(0, -1)},"refunded":true}`;
}

function toFrame(
  source: Source,
  nameOf: (party: Party) => string,
  timeOf: (at: string) => string,
): { frame: Frame; ownerId: string } {
  if (source.kind === 'message') {
    const from = { ...source.from, name: nameOf(source.from) };
    const message = { ...source.message, created_at: timeOf(source.message.created_at), from };
    return { frame: messageFrame(message), ownerId: message.owner_id };
  }
  if (source.kind === 'donate') {
    const { donate, comment, settledAt } = source;
    const { id, ownerId, currency } = donate;
    const from = { ...source.from, name: nameOf(source.from) };
    const sum = formatAmount(donate.sum, currency);
    const given = { donate_id: id, owner_id: ownerId, from, sum, currency, created_at: settledAt };
    // Balances are no part of what a room shows.
    const nobody = { account: ownerId, balance: '0', currency, version: 0 };
    const payload = { donate: { ...given, ...(comment && { message: comment }) }, donor: nobody, owner: nobody };
    return { frame: donateFrame({ ...payload, settled_at: timeOf(settledAt) }), ownerId };
  }
  const { ownerId, version, total, currency } = source.told;
  const sponsor = source.from && { uuid: source.from.uuid, name: nameOf(source.from) };
  const payload = { owner_id: ownerId, sponsor, total: formatAmount(total, currency), currency, version };
  const id = newSponsorId(ownerId, version);
  return { frame: sponsorFrame({ id, payload: { ...payload, created_at: timeOf(source.at) } }), ownerId };
}

interface StandingBody {
  readonly person?: { readonly uuid?: string; readonly name?: string };
  readonly created_at?: string;
}

function readBody(text: string | null): StandingBody {
  if (text === null) return {};
  try {
    const body = JSON.parse(text) as { from?: object; sponsor?: object | null; created_at?: unknown };
    const person = body.from ?? body.sponsor ?? undefined;
    return {
      ...(person && { person }),
      ...(typeof body.created_at === 'string' && { created_at: body.created_at }),
    };
  } catch {
    return {};
  }
}
