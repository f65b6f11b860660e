import type { Clock } from './clock.ts';
import type { Database } from './database.ts';
import type { Logger } from './logger.ts';
import type { Redis } from './redis.ts';

/** What the host gives a context's service to answer its questions with. */
export interface ServiceOptions {
  readonly database: Database;
  /** The read replica, or the primary where there is none. */
  readonly replica: Database;
  readonly redis: Redis;
  readonly namespace: string;
  readonly currency: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** From whom a new person takes messages, beside their friends; "friends" unless given. */
  readonly messagesFromDefault?: 'everyone' | 'friends';
  /** How people may come in beside their passwords; absent where the auth context is not hosted. */
  readonly waysIn?: WaysInSettings;
  /** To be called after a commit that wrote to the outbox: wakes the relay, wherever it runs. */
  committed(): void;
}

/** An OpenID Connect provider that people may log in by. */
export interface OauthProvider {
  /** Its issuer identifier, an https URL; http only on this machine. */
  readonly issuer: string;
  readonly clientId: string;
  /** null: registered there as a public client. */
  readonly clientSecret: string | null;
}

/** What the auth context is told of the world outside: who vouches for people, and how mail reaches them. */
export interface WaysInSettings {
  /** By the name that routes call it by, in lower case. */
  readonly oauthProviders: ReadonlyMap<string, OauthProvider>;
  /** smtp: or smtps:, with its credentials; null: no mail is sent. */
  readonly smtpUrl: string | null;
  /** Where people reach the pages, without a slash at its end; null: mails carry no links. */
  readonly publicUrl: string | null;
  /** The sender of every mail, as in its From header. */
  readonly mailFrom: string;
}
