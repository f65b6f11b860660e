import type { IHeaders, KafkaMessage } from 'kafkajs';
import type { InRecord } from './kafka.ts';
import type { TopicName } from './topics.ts';

/** A record as the port shows it; header values are text. */
export function toInRecord(topic: TopicName, partition: number, message: KafkaMessage): InRecord {
  return {
    topic,
    partition,
    offset: BigInt(message.offset),
    key: message.key?.toString('utf8') ?? null,
    value: message.value,
    headers: headersAsText(message.headers),
    timestampMs: Number(message.timestamp),
  };
}

function headersAsText(headers: IHeaders | undefined): Record<string, string> {
  const text: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers ?? {})) {
    const one = Array.isArray(value) ? value[0] : value;
    if (one !== undefined) text[name] = one.toString('utf8');
  }
  return text;
}
