import { isCurrency } from '../shared/amount.ts';
import { type CrashPlan, readCrashPlan, relayPlace } from '../shared/crash-point.ts';
import { type CommonEnvironment, EnvironmentReader, readCommon, type Source } from '../shared/environment.ts';
import type { Context } from '../shared/groups.ts';

export interface ServicesEnvironment extends CommonEnvironment {
  readonly host: string;
  readonly port: number;
  readonly currency: string;
  /** Where a fault test kills this process; null outside test builds. */
  readonly crashPlan: CrashPlan | null;
  /** By hosted context; the replica's is the primary's where none is given. */
  readonly databases: ReadonlyMap<Context, { readonly url: string; readonly replicaUrl: string }>;
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
  };
  reader.finish();
  return environment;
}
