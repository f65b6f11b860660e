import type { TokenVerifier } from '../shared/jwt.ts';
import type { Logger } from '../shared/logger.ts';
import type { OwnTokens } from '../shared/own-tokens.ts';
import type { Announcer } from './announcements.ts';
import type { Connection, FrameLimit } from './connection.ts';
import type { Hub } from './hub.ts';
import type { LogReader } from './log-reader.ts';
import type { Presence } from './presence.ts';
import type { FrameWindows } from './recovery.ts';
import type { Rooms } from './rooms.ts';

/** What a connection's life may use; made once a process by gateway.ts. */
export interface Parts {
  readonly hub: Hub;
  readonly windows: FrameWindows;
  readonly reader: LogReader;
  readonly verifier: TokenVerifier;
  /** Which sessions of this product's own have ended. */
  readonly own: Pick<OwnTokens, 'isRevoked'>;
  readonly rooms: Rooms;
  readonly presence: Presence;
  readonly announcer: Announcer;
  readonly limits: Limits;
  readonly log: Logger;
  /** ms since 1970. */
  readonly now: () => number;
  /** Every open connection. */
  readonly connections: Set<Connection>;
}

export interface Limits {
  /** null = off. */
  readonly connectionsPerPerson: number | null;
  readonly frames: FrameLimit | null;
}
