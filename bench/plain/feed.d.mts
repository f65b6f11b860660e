/** The ports that a peer was told to serve on: its viewers', and that of its feed. */
export function ports(): { viewers: number; feed: number };

/**
 * Calls `publish` with the text of each event, says "ready" once none can be missed, and ends with whoever started us.
 * Events are the records of the Kafka topic that `TOPIC` names, and without it the lines that come in on `port`.
 */
export function serveFeed(port: number, publish: (line: string) => void): void;

/** Says that we serve. */
export function ready(): void;
