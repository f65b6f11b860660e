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
