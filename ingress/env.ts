import { isCurrency } from '../shared/amount.ts';
import { type CommonEnvironment, EnvironmentReader, readCommon, type Source } from '../shared/environment.ts';
import { readTokenKeys, type TokenKeys } from '../shared/token-keys.ts';
import { isAddressOrRange } from './address.ts';
import type { Limit, Limits } from './rate-limit.ts';

export interface IngressEnvironment extends CommonEnvironment {
  /** Where to listen; null = every address of the machine. */
  readonly host: string | null;
  readonly port: number;
  readonly roomsAddress: string;
  readonly ledgerAddress: string;
  readonly authAddress: string;
  readonly profilesAddress: string;
  readonly friendsAddress: string;
  readonly tokenKeys: TokenKeys;
  readonly currency: string;
  /** null = only pages of the host that was asked. */
  readonly allowedOrigins: readonly string[] | null;
  /** Proxies of ours, whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[];
  readonly limits: Limits;
  readonly wsPort: number;
  /** The gateway's public address, where it isn't the pages' own host with `wsPort`. */
  readonly wsUrl: string | null;
  readonly allowAnonymous: boolean;
}

const LIMIT = /^([1-9][0-9]{0,4})\/([1-9][0-9]{0,4})s$/;

/** @throws EnvironmentError with everything that cannot be right */
export function readIngressEnvironment(source: Source): IngressEnvironment {
  const reader = new EnvironmentReader(source);
  const environment = {
    ...readCommon(reader),
    host: reader.optional('HOST'),
    port: reader.port('PORT', 3000),
    roomsAddress: reader.text('ROOMS_ADDRESS', '127.0.0.1:3002'),
    ledgerAddress: reader.text('LEDGER_ADDRESS', '127.0.0.1:3002'),
    authAddress: reader.text('AUTH_ADDRESS', '127.0.0.1:3003'),
    profilesAddress: reader.text('PROFILES_ADDRESS', '127.0.0.1:3003'),
    friendsAddress: reader.text('FRIENDS_ADDRESS', '127.0.0.1:3003'),
    tokenKeys: readTokenKeys(reader),
    currency: reader.parsed('CURRENCY', (t) => (isCurrency(t) ? t : null), 'an ISO 4217 code', 'USD'),
    allowedOrigins: reader.parsed<readonly string[] | null>(
      'ALLOWED_ORIGINS',
      parseOrigins,
      'origins, comma-separated',
      null,
    ),
    trustedProxies: reader.parsed('TRUSTED_PROXIES', parseRanges, 'addresses or ranges, comma-separated', []),
    limits: {
      messages: readLimit(reader, 'RATE_LIMIT_MESSAGES', { calls: 20, windowMs: 30_000 }),
      donations: readLimit(reader, 'RATE_LIMIT_DONATIONS', { calls: 20, windowMs: 60_000 }),
      invites: readLimit(reader, 'RATE_LIMIT_INVITES', { calls: 10, windowMs: 60_000 }),
      ...readLoginLimits(reader),
      requests: readLimit(reader, 'RATE_LIMIT_REQUESTS', { calls: 100, windowMs: 10_000 }),
    },
    wsPort: reader.port('WS_PORT', 3001),
    wsUrl: source['WS_URL'] ? reader.url('WS_URL', ['ws:', 'wss:']) : null,
    allowAnonymous: reader.boolean('ALLOW_ANONYMOUS', false),
  };
  reader.finish();
  return environment;
}

/** From one address ten times as many logins may be tried as of one account. */
const LOGINS_FROM_ADDRESS = 10;

function readLoginLimits(reader: EnvironmentReader) {
  const login = readLimit(reader, 'RATE_LIMIT_LOGIN', { calls: 10, windowMs: 300_000 });
  return { login, 'login-address': login && { ...login, calls: login.calls * LOGINS_FROM_ADDRESS } };
}

/** "20/30s" → 20 calls in 30 seconds; "off" → null. */
function readLimit(reader: EnvironmentReader, name: string, fallback: Limit): Limit | null {
  const wanted = '"off" or calls/seconds such as 20/30s, each up to 99999';
  return reader.parsed<{ limit: Limit | null }>(name, parseLimit, wanted, { limit: fallback })?.limit ?? null;
}

function parseLimit(text: string): { limit: Limit | null } | null {
  if (text === 'off') return { limit: null };
  const match = LIMIT.exec(text);
  return match ? { limit: { calls: Number(match[1]), windowMs: Number(match[2]) * 1_000 } } : null;
}

function parseOrigins(text: string): readonly string[] | null {
  const origins = text.split(',').map((part) => part.trim());
  return origins.every((origin) => URL.canParse(origin) && new URL(origin).origin === origin) ? origins : null;
}

function parseRanges(text: string): readonly string[] | null {
  const ranges = text.split(',').map((part) => part.trim());
  return ranges.every(isAddressOrRange) ? ranges : null;
}
