import { type CommonEnvironment, EnvironmentReader, readCommon, type Source } from '../shared/environment.ts';
import { readTokenKeys, type TokenKeys } from '../shared/token-keys.ts';
import type { Limits } from './parts.ts';

export interface GatewayEnvironment extends CommonEnvironment {
  /** Where to listen; null = every address of the machine. */
  readonly host: string | null;
  readonly port: number;
  readonly roomsAddress: string;
  readonly authAddress: string;
  readonly tokenKeys: TokenKeys;
  /** null = only pages of the host that was asked. */
  readonly allowedOrigins: readonly string[] | null;
  readonly allowAnonymous: boolean;
  readonly limits: Limits;
  /** Bytes kept for sockets that resume, all rooms together. */
  readonly windowBytes: number;
  /** How long closing every socket may take, so that not all come back at once. */
  readonly drainMs: number;
}

const MEBIBYTE = 1_048_576;

/** @throws EnvironmentError with everything that cannot be right */
export function readGatewayEnvironment(source: Source): GatewayEnvironment {
  const reader = new EnvironmentReader(source);
  const environment = {
    ...readCommon(reader),
    host: reader.optional('WS_HOST'),
    port: reader.port('WS_PORT', 3001),
    roomsAddress: reader.text('ROOMS_ADDRESS', '127.0.0.1:3002'),
    authAddress: reader.text('AUTH_ADDRESS', '127.0.0.1:3003'),
    tokenKeys: readTokenKeys(reader),
    allowedOrigins: reader.parsed<readonly string[] | null>(
      'ALLOWED_ORIGINS',
      parseOrigins,
      'origins, comma-separated',
      null,
    ),
    allowAnonymous: reader.boolean('ALLOW_ANONYMOUS', false),
    limits: {
      connectionsPerPerson: readCount(reader),
      frames: readFrameLimit(reader),
    },
    windowBytes: reader.integer('WINDOW_BYTES', MEBIBYTE, 64 * 1_024 * MEBIBYTE, 256 * MEBIBYTE),
    drainMs: reader.integer('DRAIN_MS', 0, 10_000, 10_000),
  };
  reader.finish();
  return environment;
}

function readCount(reader: EnvironmentReader): number | null {
  const parse = (text: string) => {
    if (text === 'off') return { count: null };
    return /^[1-9][0-9]{0,5}$/.test(text) ? { count: Number(text) } : null;
  };
  const wanted = '"off" or a whole number from 1 to 999999';
  // `parsed` answers nothing where it has noted a fault; the process stops before that is used.
  return (
    reader.parsed<{ count: number | null }>('MAX_CONNECTIONS_PER_PERSON', parse, wanted, { count: 20 })?.count ?? null
  );
}

const LIMIT = /^([1-9][0-9]{0,5})\/([1-9][0-9]{0,4})s$/;

/** "120/60s" → 120 frames in 60 seconds; "off" → null. */
function readFrameLimit(reader: EnvironmentReader): Limits['frames'] {
  const parse = (text: string) => {
    if (text === 'off') return { limit: null };
    const match = LIMIT.exec(text);
    return match ? { limit: { frames: Number(match[1]), spanMs: Number(match[2]) * 1_000 } } : null;
  };
  const wanted = '"off" or frames/seconds such as 120/60s';
  const fallback = { limit: { frames: 120, spanMs: 60_000 } };
  return reader.parsed<{ limit: Limits['frames'] }>('RATE_LIMIT_FRAMES', parse, wanted, fallback)?.limit ?? null;
}

function parseOrigins(text: string): readonly string[] | null {
  const origins = text.split(',').map((part) => part.trim());
  return origins.every((origin) => URL.canParse(origin) && new URL(origin).origin === origin) ? origins : null;
}
