import type { TSchema } from '@sinclair/typebox';
import type { Endpoint } from '../shared/endpoint.ts';
import type { Route } from './bound.ts';
import { examples } from './examples.ts';
import { answerHeaders, components, errorAnswers, operatorsPaths, publishedAnswer } from './openapi-parts.ts';
import { defaultAddresses, httpServers } from './public-addresses.ts';

type Json = Record<string, unknown>;

/** The OpenAPI 3.1 document of these routes. Pure: schemas, statuses and limits come from the endpoints themselves. */
export function buildOpenApi(routes: readonly Pick<Route<never>, 'method' | 'paths' | 'endpoint'>[]): Json {
  const paths: Record<string, Json> = {};
  for (const { method, paths: spellings, endpoint } of routes) {
    spellings.forEach((path, at) => {
      const templated = path.replaceAll(/:([a-z_]+)/g, '{$1}');
      const operation = describe(method, endpoint, spellings[0], at);
      paths[templated] = { ...paths[templated], [method.toLowerCase()]: operation };
    });
  }
  return plain({
    openapi: '3.1.1',
    info: {
      title: 'Rostra',
      version: '1',
      description:
        'The live room, donations and accounts of a streaming site. What a route publishes is answered with 201 once ' +
        'the broker has it; what follows from it arrives on the WebSocket (see asyncapi.json). `success` is true where ' +
        'something was answered, "ok" where something was published, and "false" in every error.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: httpServers(defaultAddresses),
    tags: [
      { name: 'Room', description: 'The live room of one user' },
      { name: 'Money', description: 'Balances, booked synchronously' },
      { name: 'Accounts', description: 'Who somebody is: registering, logging in, sessions. Tokens last 15 minutes' },
      { name: 'People', description: 'Profiles, friends and blocks' },
      { name: 'Operations', description: 'For operators (scope `ops`); for everybody else these do not exist' },
    ],
    security: [{ bearer: [] }],
    paths: { ...paths, ...operatorsPaths },
    components,
  });
}

function describe(method: string, endpoint: Endpoint<never>, canonical: string, spelling: number): Json {
  const example = examples[endpoint.operation];
  const { answer } = example ?? {};
  return {
    operationId: spelling === 0 ? endpoint.operation : `${endpoint.operation}.${spelling + 1}`,
    summary: endpoint.summary,
    tags: [tagOf(canonical)],
    ...descriptionOf(endpoint, canonical, spelling),
    ...(endpoint.scope && { security: [{ bearer: [endpoint.scope] }] }),
    ...(endpoint.access === 'public' && { security: [] }),
    parameters: parametersOf(method, endpoint, example),
    ...(endpoint.body && {
      requestBody: { required: true, content: json(endpoint.body, example?.body) },
    }),
    responses: {
      ...(endpoint.kind === 'publish'
        ? { 201: publishedAnswer }
        : {
            [endpoint.status]: {
              description: 'The answer',
              headers: answerHeaders(endpoint.key !== 'none'),
              content: json(endpoint.answer, answer),
            },
          }),
      ...errorAnswers(method, endpoint),
    },
  };
}

/** What neither the summary nor a schema can say: another spelling, and that the room may have to be named. */
function descriptionOf(endpoint: Endpoint<never>, canonical: string, spelling: number): Json {
  const notes = [
    spelling > 0 && `Another spelling of \`${canonical}\`: one endpoint, one key.`,
    [endpoint.body, endpoint.query].some(mayNameRoom) &&
      '`owner_id` is required, unless the token is a room token or its person a user who means their own room.',
  ];
  const description = notes.filter(Boolean).join(' ');
  return { ...(spelling > 0 && { deprecated: true }), ...(description && { description }) };
}

function mayNameRoom(schema: TSchema | null): boolean {
  return Object.hasOwn((schema?.['properties'] ?? {}) as object, 'owner_id');
}

function parametersOf(
  method: string,
  endpoint: Endpoint<never>,
  example: (typeof examples)[string] | undefined,
): Json[] {
  const key = endpoint.kind === 'ask' ? endpoint.key : 'taken';
  return [
    ...named('path', endpoint.params, example?.params),
    ...named('query', endpoint.query, example?.query),
    ...(method === 'POST' && key !== 'none'
      ? [{ $ref: `#/components/parameters/${key === 'required' ? 'RequiredIdempotencyKey' : 'IdempotencyKey'}` }]
      : []),
  ];
}

function named(
  place: 'path' | 'query',
  schema: TSchema | null,
  example: Readonly<Record<string, string>> = {},
): Json[] {
  const properties = (schema?.['properties'] ?? {}) as Record<string, TSchema>;
  const required = new Set((schema?.['required'] ?? []) as string[]);
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || required.has(name),
    ...(property.description && { description: property.description }),
    schema: property,
    ...(example[name] !== undefined && { example: example[name] }),
  }));
}

function json(schema: TSchema, example: object | undefined): Json {
  return { 'application/json': { schema, ...(example && { example }) } };
}

const TAGS: readonly [RegExp, string][] = [
  [/^\/ops/, 'Operations'],
  [/^\/account/, 'Money'],
  [/^\/(register|login|oauth|refresh-token|logout|password|me|person|\.well-known)\b/, 'Accounts'],
  [/^\/(profile|users|request|accept|decline|friend|friends|block)\b/, 'People'],
];

function tagOf(path: string): string {
  return TAGS.find(([pattern]) => pattern.test(path))?.[1] ?? 'Room';
}

/** Without the symbols by which TypeBox marks its schemas. */
function plain(document: object): Json {
  return JSON.parse(JSON.stringify(document)) as Json;
}
