import { isCurrency } from '../shared/amount.ts';
import { type CrashPlan, readCrashPlan, relayPlace } from '../shared/crash-point.ts';
import { type CommonEnvironment, EnvironmentReader, readCommon, type Source } from '../shared/environment.ts';
import type { Context } from '../shared/groups.ts';
import type { OauthProvider, WaysInSettings } from '../shared/service.ts';

export interface ServicesEnvironment extends CommonEnvironment {
  readonly host: string;
  readonly port: number;
  readonly currency: string;
  /** Where a fault test kills this process; null outside test builds. */
  readonly crashPlan: CrashPlan | null;
  /** By hosted context; the replica's is the primary's where none is given. */
  readonly databases: ReadonlyMap<Context, { readonly url: string; readonly replicaUrl: string }>;
  /** From whom a new person takes messages, beside their friends. */
  readonly messagesFromDefault: 'everyone' | 'friends';
  /** null where the auth context is not hosted. */
  readonly waysIn: WaysInSettings | null;
}

/** @throws EnvironmentError with everything that cannot be right for a host of these contexts */
export function readServicesEnvironment(source: Source, hosted: readonly Context[]): ServicesEnvironment {
  const reader = new EnvironmentReader(source);
  const databases = hosted.map((context) => {
    const url = reader.url(`DATABASE_URL_${context.toUpperCase()}`, ['mysql:']);
    const replicaUrl = reader.url(`DATABASE_REPLICA_URL_${context.toUpperCase()}`, ['mysql:'], url);
    return [context, { url, replicaUrl }] as const;
  });
  const environment = {
    ...readCommon(reader),
    host: reader.text('SERVICES_HOST', '127.0.0.1'),
    port: reader.port('SERVICES_PORT', 3002),
    currency: reader.parsed('CURRENCY', (t) => (isCurrency(t) ? t : null), 'an ISO 4217 code', 'USD'),
    crashPlan: readCrashPlan(reader, [relayPlace]),
    databases: new Map(databases),
    messagesFromDefault: readMessagesFromDefault(reader),
    waysIn: hosted.includes('auth') ? readWaysIn(reader, source) : null,
  };
  reader.finish();
  return environment;
}

function readMessagesFromDefault(reader: EnvironmentReader): 'everyone' | 'friends' {
  const parse = (text: string) => (text === 'everyone' || text === 'friends' ? text : null);
  return reader.parsed<'everyone' | 'friends'>('MESSAGES_FROM_DEFAULT', parse, '"everyone" or "friends"', 'friends');
}

const SENDER = /^[^\r\n]*[^\s@<>]@[^\s@<>]+>?$/;

function readWaysIn(reader: EnvironmentReader, source: Source): WaysInSettings {
  return {
    oauthProviders: readOauthProviders(reader, source),
    smtpUrl: source['SMTP_URL'] ? reader.url('SMTP_URL', ['smtp:', 'smtps:']) : null,
    publicUrl: reader.parsed<string | null>('PUBLIC_URL', parseSite, 'an http or https URL', null),
    mailFrom: reader.parsed(
      'MAIL_FROM',
      (text) => (SENDER.test(text) ? text : null),
      'a mail address, or a name and the address in angle brackets',
      'Rostra <no-reply@localhost>',
    ),
  };
}

function parseSite(text: string): string | null {
  if (!URL.canParse(text)) return null;
  const { protocol, origin, pathname, search, hash } = new URL(text);
  return /^https?:$/.test(protocol) && !search && !hash ? origin + pathname.replace(/\/+$/, '') : null;
}

/** It stands in every session that begins by it. */
const MAXIMUM_PROVIDER_LENGTH = 32;
const OAUTH_VARIABLE = /^OAUTH_([A-Z0-9_]+?)_(?:ISSUER|CLIENT_ID|CLIENT_SECRET)$/;

/** A provider is there as soon as one of its three variables is; it must then have an issuer and a client id. */
function readOauthProviders(reader: EnvironmentReader, source: Source): ReadonlyMap<string, OauthProvider> {
  const set = Object.keys(source).filter((name) => source[name]);
  const providers = new Set(set.flatMap((name) => OAUTH_VARIABLE.exec(name)?.[1] ?? []));
  for (const provider of providers) {
    if (provider.length > MAXIMUM_PROVIDER_LENGTH) reader.fault(`OAUTH_${provider}_… has a name that is too long`);
  }
  const read = (provider: string): OauthProvider => ({
    issuer: reader.parsed(`OAUTH_${provider}_ISSUER`, parseIssuer, 'an https URL, or an http one on this machine'),
    clientId: reader.text(`OAUTH_${provider}_CLIENT_ID`),
    clientSecret: reader.optional(`OAUTH_${provider}_CLIENT_SECRET`),
  });
  return new Map([...providers].sort().map((provider) => [provider.toLowerCase(), read(provider)]));
}

/** What a provider says travels in the clear without TLS: nobody's login may rest on it but a developer's own. */
function parseIssuer(text: string): string | null {
  if (!URL.canParse(text)) return null;
  const { protocol, hostname, search, hash } = new URL(text);
  const isHere = hostname === '127.0.0.1' || hostname === 'localhost';
  return (protocol === 'https:' || (protocol === 'http:' && isHere)) && !search && !hash ? text : null;
}
