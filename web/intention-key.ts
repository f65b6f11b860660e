/** What was sent under a key. */
export interface Sent {
  key: string;
  content: string;
}

/** The same content sent again is the same intention, and keeps its key; other content is another. */
export function nextKey(sent: Sent | null, content: unknown, fresh: () => string): Sent {
  const text = JSON.stringify(content);
  return sent?.content === text ? sent : { key: fresh(), content: text };
}
