import { formatAmount } from '../../shared/amount.ts';
import { badParams, notFound, readId } from '../../shared/endpoint.ts';
import { AppError } from '../../shared/errors.ts';
import { proofQuestions, type ProofQuestions } from '../../shared/proof.ts';
import { viewersOf } from '../../shared/registry.ts';
import type { RpcService } from '../../shared/rpc.ts';
import type { ServiceOptions } from '../../shared/service.ts';
import type { Donation } from './donation.ts';
import type { Goal } from './goals.ts';
import { createHistory } from './history.ts';
import { countRooms } from './proof.ts';
import type { DonationView, GoalView, LeaderboardWindow, RoomsQuestions } from './questions.ts';
import { findDonation } from './tables/donations.ts';
import { shownGoals } from './tables/goals.ts';
import { roomExists } from './tables/people.ts';
import { listRoomEvents } from './tables/room-events.ts';
import { currentSponsor } from './tables/sponsors.ts';
import { leaders } from './tables/totals.ts';

export type { RoomsQuestions } from './questions.ts';

export const roomsProto = new URL('./service.proto', import.meta.url);
const MAXIMUM_PAGE_ROWS = 100;
const HOUR_MS = 3_600_000;

/** The live room as its host serves it. */
export function roomsService(options: ServiceOptions): RpcService {
  return { proto: roomsProto, answers: { ...roomsQuestions(options) } };
}

/** Answers the live room's questions out of its database, its cache and the register of connections. */
export function roomsQuestions(options: ServiceOptions): RoomsQuestions & ProofQuestions {
  const { database, replica, redis, namespace, clock } = options;
  const history = createHistory(options);
  return {
    ...proofQuestions(database, countRooms),
    async roomExists({ owner_id }) {
      return { exists: await roomExists(database, readId('/owner_id', owner_id)) };
    },
    async history({ owner_id, subject }) {
      return { events: await history(readId('/owner_id', owner_id), readId('/subject', subject)) };
    },
    async donation({ donate_id, subject }) {
      const donation = await findDonation(database, readId('/donate_id', donate_id));
      if (!donation || ![donation.from.uuid, donation.ownerId].includes(subject)) throw notFound();
      return toDonationView(donation);
    },
    async goal({ owner_id }) {
      const { open, ended } = await shownGoals(database, readId('/owner_id', owner_id));
      const version = Math.max(open?.version ?? 0, ended?.version ?? 0);
      return { goal: open && toGoalView(open), ended: ended && toGoalView(ended), version };
    },
    async sponsor({ owner_id }) {
      const standing = await currentSponsor(database, readId('/owner_id', owner_id));
      const currency = standing?.currency ?? options.currency;
      const { holder = null, total = 0n, version = 0 } = standing ?? {};
      return { sponsor: holder, total: formatAmount(total, currency), currency, version };
    },
    async leaderboard({ owner_id, window, limit }) {
      const since = startOf(window, clock.now());
      const found = await leaders(replica, readId('/owner_id', owner_id), since, readLimit(limit));
      return {
        leaders: found.map(({ clientId: uuid, name, total, currency }) => ({
          ...{ uuid, name, currency },
          total: formatAmount(total, currency),
        })),
      };
    },
    async viewers({ owner_id }) {
      const viewers = await viewersOf(redis, namespace, readId('/owner_id', owner_id), clock.now().getTime()).catch(
        (cause: unknown) => {
          throw new AppError('redis-unavailable', 'the register of connections is out of reach', {
            retriable: true,
            cause,
          });
        },
      );
      return { viewers };
    },
    async roomEvents({ owner_id, after, limit }) {
      const rows = readLimit(limit);
      const found = await listRoomEvents(database, readId('/owner_id', owner_id), readCursor(after), rows + 1);
      const page = found.slice(0, rows);
      const next = found.length > rows ? writeCursor(page.at(-1)?.position ?? '') : '';
      return { events: page.map(forOperators), next };
    },
  };
}

/** The first clock hour of a window, or null for all time. */
function startOf(window: LeaderboardWindow, now: Date): Date | null {
  if (window === 'all') return null;
  return new Date(now.getTime() - (window === 'day' ? 23 : 0) * HOUR_MS);
}

/** What is private between two people is not for operators to read. */
function forOperators({ isPublic, body }: { isPublic: boolean; body: string }): string {
  const event = JSON.parse(body) as Record<string, unknown>;
  if (!isPublic) delete event['value'];
  return JSON.stringify({ ...event, is_public: isPublic });
}

function toDonationView(donation: Donation): DonationView {
  return {
    donate_id: donation.id,
    owner_id: donation.ownerId,
    from_uuid: donation.from.uuid,
    status: donation.status,
    reason: donation.reason ?? '',
    sum: formatAmount(donation.sum, donation.currency),
    currency: donation.currency,
    message_id: donation.messageId ?? '',
    created_at: donation.createdAt,
    updated_at: donation.updatedAt,
  };
}

function toGoalView(goal: Goal): GoalView {
  return {
    goal_id: goal.id,
    name: goal.name,
    sum: formatAmount(goal.sum, goal.currency),
    require_sum: formatAmount(goal.requireSum, goal.currency),
    currency: goal.currency,
    version: goal.version,
    created_at: goal.createdAt,
  };
}

function readLimit(limit: number): number {
  if (!(limit >= 1 && limit <= MAXIMUM_PAGE_ROWS)) throw badParams('/limit', `must be 1 to ${MAXIMUM_PAGE_ROWS}`);
  return limit;
}

function writeCursor(position: string): string {
  return Buffer.from(position).toString('base64url');
}

function readCursor(text: string): string | null {
  if (text === '') return null;
  const position = Buffer.from(text, 'base64url').toString();
  if (!/^[1-9][0-9]{0,18}$/.test(position)) throw badParams('/after', 'is no cursor of this list');
  return position;
}
