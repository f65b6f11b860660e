import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';
import { closedAdvice, shutCode } from './reconnect.ts';
import type { RoomState } from './room-state.ts';
import { ClosedOffer, type SignInOffer } from './status.ts';

/** What stands in place of a room that nobody here may see: why, and what to do. */

interface ShutRoomProps {
  code: number;
  isConnecting: boolean;
  signIn: SignInOffer;
  onConnect: () => void;
}

export function ShutRoom({ code, isConnecting, signIn, onConnect }: ShutRoomProps): VNode {
  const { reason, advice } = closedAdvice(code, signIn.by);
  return html`<main class="shut" role="alert">
    <h2>${reason}</h2>
    <p>${advice}</p>
    ${isConnecting ? html`<button disabled>Connecting…</button>` : html`<${ClosedOffer} code=${code} signIn=${signIn} onConnect=${onConnect} />`}
  </main>`;
}

/** Why the room is shut, or null. It stays so while the page tries again, until it has seen the room. */
export function useShutCode({ connection, position }: Pick<RoomState, 'connection' | 'position'>): number | null {
  const code = useRef<number | null>(null);
  if (connection.phase !== 'connecting') {
    code.current = connection.phase === 'closed' ? shutCode(connection.code, position !== null) : null;
  }
  return code.current;
}
