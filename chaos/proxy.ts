/** A way from processes to a server, or from clients to a process, that can be cut, slowed and spoilt. */
export interface Link {
  readonly name: string;
  /** Where it is entered, on 127.0.0.1. */
  readonly port: number;
  /** Ends all its connections and refuses new ones. */
  cut(): Promise<void>;
  mend(): Promise<void>;
  /**
   * Spoils it (toxiproxy's words: latency, reset_peer, timeout, limit_data, bandwidth, …). @returns what takes the toxic out
   * @param toxicity share of the connections that it befalls, 0 to 1
   */
  spoil(toxic: Toxic): Promise<() => Promise<void>>;
}

export interface Toxic {
  readonly type: string;
  readonly stream?: 'upstream' | 'downstream';
  readonly toxicity?: number;
  readonly attributes: Readonly<Record<string, number>>;
}

export interface Proxy {
  /** @throws where there is no such link */
  link(name: string): Link;
  readonly links: readonly Link[];
  stop(): Promise<void>;
}
