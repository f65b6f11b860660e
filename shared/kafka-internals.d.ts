/** What kafka-repair.ts and kafka-membership.ts touch of kafkajs 2.2.4's own modules, which come without types. */
declare module 'kafkajs/src/broker/index.js' {
  export default class Broker {
    connect(): Promise<void>;
    disconnect(): Promise<void>;
  }
}

declare module 'kafkajs/src/network/connection.js' {
  export default class Connection {
    chunks: Buffer[];
    bytesBuffered: number;
    bytesNeeded: number;
    isConnected(): boolean;
    connect(): Promise<boolean>;
    processData(data: Buffer): void;
  }
}

declare module 'kafkajs/src/network/requestQueue/index.js' {
  export default class RequestQueue {
    /** Requests that are still to be sent: throttled, or more than may be under way. */
    readonly pending: readonly object[];
    scheduleCheckPendingRequests(): void;
  }
}

declare module 'kafkajs/src/consumer/consumerGroup.js' {
  export default class ConsumerGroup {
    readonly cluster: object;
    readonly groupId: string;
    memberId: string | null;
    generationId: number | null;
    joinAndSync(): Promise<void>;
    leave(): Promise<void>;
  }
}

declare module 'kafkajs/src/protocol/recordBatch/crc32C/index.js' {
  /** CRC-32C, unsigned. */
  export default function crc32C(bytes: Uint8Array): number;
}

declare module 'kafkajs/src/protocol/requests/index.js' {
  export interface ProducedTopic {
    readonly topic: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly messages: readonly {
        readonly key?: string | Buffer | null;
        readonly value: string | Buffer | null;
        readonly headers?: Readonly<Record<string, string | Buffer>>;
      }[];
    }[];
  }

  export interface ProduceArguments {
    readonly acks: number;
    readonly timeout: number;
    readonly compression?: number;
    readonly transactionalId?: string | null;
    readonly topicData: readonly ProducedTopic[];
  }

  interface Request {
    encode(): Promise<{ readonly buf: Buffer; readonly buffer: Buffer }>;
  }

  interface Definition<Arguments> {
    versions: readonly (number | string)[];
    protocol(of: { version: number }): (args: Arguments) => { readonly request: Request; readonly response: object };
  }

  const protocol: { readonly requests: { readonly Produce: Definition<ProduceArguments> } };
  export default protocol;
}

declare module 'kafkajs/src/protocol/requests/produce/v3/request.js' {
  import type { ProduceArguments } from 'kafkajs/src/protocol/requests/index.js';
  export default function request(args: ProduceArguments): { encode(): Promise<{ readonly buffer: Buffer }> };
}
