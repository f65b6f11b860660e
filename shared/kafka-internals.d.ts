/** What kafka-repair.ts touches of kafkajs 2.2.4's own modules, which come without types. */
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
