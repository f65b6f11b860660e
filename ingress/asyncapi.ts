import { minorDigits } from '../shared/amount.ts';
import type { events as catalogue } from '../shared/events/catalogue.ts';
import { header } from '../shared/event.ts';
import type { topics as allTopics, TopicName } from '../shared/topics.ts';
import { clientFrames, closeCodes, type DocumentedFrame, serverFrames } from './frames.ts';
import { defaultAddresses, gatewayServer } from './public-addresses.ts';

type Json = Record<string, unknown>;

/** What the document is made from. */
export interface EventSources {
  readonly events: typeof catalogue;
  readonly topics: typeof allTopics;
  /** Prefix of topics on the broker, "" for none. */
  readonly namespace: string;
  nameOnBroker(namespace: string, topic: TopicName): string;
}

/** Topics of the published language; `ws.out` and `dead-letters` are the product's own machinery. */
const KEYS: Partial<Record<TopicName, string>> = {
  rooms: '`owner_id`; of AddNewConnection and ConnectionClosed `connection_id`',
  donations: '`owner_id`',
  ledger: "the account's uuid",
};

/** The AsyncAPI 3.0 document: every event on Kafka, and every frame on the WebSocket. Pure. */
export function buildAsyncApi(sources: EventSources): Json {
  const topics = (Object.keys(sources.topics) as TopicName[]).filter((topic) => KEYS[topic] !== undefined);
  return JSON.parse(
    JSON.stringify({
      asyncapi: '3.0.0',
      info: {
        title: 'Rostra: events and frames',
        version: '1',
        description:
          'Events are CloudEvents 1.0 records in Kafka’s binary content mode. What must keep its order shares topic ' +
          'and key. Delivery is at least once: the same `ce_id` is the same event, and the same frame `id` the same ' +
          `occurrence. Sums are decimal strings of the currency (USD has ${minorDigits('USD')} digits).`,
        license: { name: 'Apache-2.0' },
      },
      defaultContentType: 'application/json',
      servers: {
        kafka: { host: 'kafka:9092', protocol: 'kafka', description: 'KAFKA_BROKERS' },
        gateway: gatewayServer(defaultAddresses),
      },
      channels: {
        ...Object.fromEntries(topics.map((topic) => [topic, kafkaChannel(topic, sources)])),
        socket: socketChannel('/ws', 'One connection for everything: subscribe to many topics.'),
        room: {
          ...socketChannel('/room/{owner_id}', 'The same, already subscribed to `room:{owner_id}`.'),
          parameters: { owner_id: { description: "The uuid of the room's owner." } },
        },
      },
      operations: {
        ...Object.fromEntries(topics.flatMap((topic) => kafkaOperations(topic, sources))),
        ...socketOperations('socket'),
        ...socketOperations('room'),
      },
      components: {
        schemas: { EventHeaders: eventHeaders },
        messages: {
          ...Object.fromEntries(Object.values(sources.events).map((event) => [event.name, eventMessage(event)])),
          ...frameMessages(serverFrames, 'server'),
          ...frameMessages(clientFrames, 'client'),
        },
      },
    }),
  ) as Json;
}

function namesOn(topic: TopicName, { events }: EventSources): string[] {
  return Object.values(events)
    .filter((event) => event.topic === topic)
    .map((event) => event.name);
}

function kafkaChannel(topic: TopicName, sources: EventSources): Json {
  return {
    address: sources.nameOnBroker(sources.namespace, topic),
    description: `Ordered by key: ${KEYS[topic]}.`,
    servers: [{ $ref: '#/servers/kafka' }],
    messages: references(namesOn(topic, sources)),
    bindings: { kafka: { bindingVersion: '0.5.0', topicConfiguration: retention(sources.topics[topic]) } },
  };
}

function retention(settings: Readonly<Record<string, string>>): Json {
  return { 'retention.ms': Number(settings['retention.ms']) };
}

function kafkaOperations(topic: TopicName, sources: EventSources): [string, Json][] {
  const messages = namesOn(topic, sources).map((name) => ({ $ref: `#/channels/${topic}/messages/${name}` }));
  const channel = { $ref: `#/channels/${topic}` };
  return [
    [`publish.${topic}`, { action: 'send', channel, messages, summary: `What the product says on \`${topic}\`.` }],
    [
      `consume.${topic}`,
      { action: 'receive', channel, messages, summary: `What its consumer groups hear on \`${topic}\`.` },
    ],
  ];
}

type Definition = (typeof catalogue)[keyof typeof catalogue];

function eventMessage({ name, topic, version, description, schema }: Definition): Json {
  return {
    name,
    title: `${name}, version ${version}`,
    summary: description,
    contentType: 'application/json',
    headers: { $ref: '#/components/schemas/EventHeaders' },
    payload: schema,
    bindings: { kafka: { bindingVersion: '0.5.0', key: { type: 'string', description: KEYS[topic] ?? '' } } },
  };
}

const text = (description: string) => ({ type: 'string', description });

const eventHeaders = {
  type: 'object',
  required: [header.id, header.type, header.source, header.time, header.specVersion],
  properties: {
    [header.specVersion]: { const: '1.0' },
    [header.id]: text('The same id is the same event.'),
    [header.type]: text("The event's name."),
    [header.source]: text('Who made it.'),
    [header.time]: text('RFC 3339, for display: order is partition and offset.'),
    [header.subject]: text('The key.'),
    [header.schema]: text('`urn:rostra:event:<name>:<version>`.'),
    [header.contentType]: { const: 'application/json' },
    [header.traceparent]: text('W3C Trace Context.'),
    [header.fingerprint]: text('sha256 of the canonical request, where it had an Idempotency-Key.'),
  },
};

function socketChannel(address: string, description: string): Json {
  return {
    address,
    description,
    servers: [{ $ref: '#/servers/gateway' }],
    messages: references([...names(serverFrames, 'server'), ...names(clientFrames, 'client')]),
    'x-close-codes': closeCodes,
  };
}

function socketOperations(channel: string): Record<string, Json> {
  const messages = (side: string, frames: Readonly<Record<string, DocumentedFrame>>) =>
    names(frames, side).map((name) => ({ $ref: `#/channels/${channel}/messages/${name}` }));
  const reference = { $ref: `#/channels/${channel}` };
  return {
    [`write.${channel}`]: { action: 'send', channel: reference, messages: messages('server', serverFrames) },
    [`read.${channel}`]: { action: 'receive', channel: reference, messages: messages('client', clientFrames) },
  };
}

function names(frames: Readonly<Record<string, DocumentedFrame>>, side: string): string[] {
  return Object.keys(frames).map((type) => `${side}.${type}`);
}

function frameMessages(frames: Readonly<Record<string, DocumentedFrame>>, side: string): Record<string, Json> {
  return Object.fromEntries(
    Object.entries(frames).map(([type, { summary, schema }]) => [
      `${side}.${type}`,
      { name: type, title: type, summary, contentType: 'application/json', payload: schema },
    ]),
  );
}

function references(messageNames: readonly string[]): Json {
  return Object.fromEntries(messageNames.map((name) => [name, { $ref: `#/components/messages/${name}` }]));
}
