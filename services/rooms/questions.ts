import type { Viewer } from '../../shared/registry.ts';

export interface DonationView {
  readonly donate_id: string;
  readonly owner_id: string;
  readonly from_uuid: string;
  readonly status: string;
  /** "" unless rejected. */
  readonly reason: string;
  readonly sum: string;
  readonly currency: string;
  /** "" where it has no comment, or none yet. */
  readonly message_id: string;
  readonly created_at: string;
  readonly updated_at: string;
}

export interface GoalView {
  readonly goal_id: string;
  readonly name: string;
  readonly sum: string;
  readonly require_sum: string;
  readonly currency: string;
  readonly version: number;
  readonly created_at: string;
}

export interface LeaderView {
  readonly uuid: string;
  readonly name: string;
  readonly total: string;
  readonly currency: string;
}

/** The hours of a window are clock hours in UTC, the current one included: 1 or 24 of them. */
export type LeaderboardWindow = 'all' | 'day' | 'hour';

/** The live room's synchronous questions, as `service.proto` has them. */
export interface RoomsQuestions {
  roomExists(request: { owner_id: string }): Promise<{ exists: boolean }>;
  /** At most 20 events of the last 10 minutes, newest first, as JSON texts: public ones and the subject's own. */
  history(request: { owner_id: string; subject: string }): Promise<{ events: readonly string[] }>;
  /** @throws Refusal 404 to anybody but the donor and the owner */
  donation(request: { donate_id: string; subject: string }): Promise<DonationView>;
  goal(request: { owner_id: string }): Promise<{ goal: GoalView | null; ended: GoalView | null; version: number }>;
  sponsor(request: {
    owner_id: string;
  }): Promise<{ sponsor: { uuid: string; name: string } | null; total: string; currency: string; version: number }>;
  /** From the replica; may lag. `limit`: 1 to 100. */
  leaderboard(request: {
    owner_id: string;
    window: LeaderboardWindow;
    limit: number;
  }): Promise<{ leaders: readonly LeaderView[] }>;
  viewers(request: { owner_id: string }): Promise<{ viewers: readonly Viewer[] }>;
  /** Newest first, private texts left out. `after` and `next`: opaque, "" at either end. `limit`: 1 to 100. */
  roomEvents(request: {
    owner_id: string;
    after: string;
    limit: number;
  }): Promise<{ events: readonly string[]; next: string }>;
}
