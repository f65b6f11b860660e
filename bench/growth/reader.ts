import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Fleet } from '../../scripts/fleet.ts';
import type { Namespace } from '../support/namespace.ts';

/** Somebody who reads a room's history over one connection, one page after the other. Each answers how many events came. */
export interface Reader {
  newest(): Promise<number>;
  /** The page of all events below a position. */
  pageBelow(position: number): Promise<number>;
  close(): void;
}

export function openReader({ sign }: Namespace, { processes }: Fleet, owner: string): Reader {
  const port = processes.find(({ name }) => name === 'ingress')?.port ?? 0;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const viewer = sign({ sub: randomUUID(), type: 'client', owner, name: 'Finn' });
  const operator = sign({ sub: randomUUID(), type: 'user', scope: 'ops' });
  const events = async (path: string, token: string): Promise<number> => {
    const request = get({ agent, port, path, host: '127.0.0.1', headers: { authorization: `Bearer ${token}` } });
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    const body = await text(answer);
    if (answer.statusCode !== 200) throw new Error(`${path}: ${answer.statusCode} ${body}`);
    return (JSON.parse(body) as { events: readonly unknown[] }).events.length;
  };
  return {
    newest: () => events('/chat/event/history', viewer),
    // A cursor as the answer's own `next` gives it: the way there would be thousands of pages long.
    pageBelow: (position) => events(`/ops/room/${owner}/events?after=${cursorAt(position)}`, operator),
    close: () => agent.destroy(),
  };
}

const cursorAt = (position: number) => Buffer.from(String(position)).toString('base64url');
