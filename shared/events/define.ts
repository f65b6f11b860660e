import type { Static, TObject } from '@sinclair/typebox';
import { compile, type Validator } from '../schema.ts';
import type { TopicName } from '../topics.ts';

/**
 * One event of the published language: its name on the wire, the topic whose order it shares, the key within that
 * topic, and the schema that validates it, types it and documents it. Payloads are open: a field added by a newer
 * producer is kept. A change that an older consumer cannot read takes a new `version`; the old stays.
 */
export interface EventDefinition<N extends string, S extends TObject> {
  readonly name: N;
  readonly topic: TopicName;
  readonly version: number;
  readonly description: string;
  readonly schema: S;
  readonly validate: Validator<Static<S>>;
  /** The Kafka key: what must keep its order shares it. */
  readonly key: (payload: Static<S>) => string;
}

export function defineEvent<const N extends string, S extends TObject>(
  definition: Omit<EventDefinition<N, S>, 'validate' | 'version'> & { version?: number },
): EventDefinition<N, S> {
  return { version: 1, ...definition, validate: compile(definition.schema) };
}
