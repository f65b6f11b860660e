import type { Stand } from '../fault.ts';
import { disperse, gather, type Member, untilAll } from './crowd.ts';
import { untilShownAgain } from './servers.ts';
import { linksOf, spoilt } from './spoiling.ts';

const SOCKETS = 20;
/** A ping each 25 s whose pong may be 20 s late, and the looks at both each second. */
const REAPED_WITHIN_MS = 60_000;
const BACK_LIMIT_MS = 60_000;

/** Everything on the way to the first gateway's viewers, then everything on its way from them, is swallowed. */
export async function halfOpen(stand: Stand): Promise<void> {
  for (const stream of ['downstream', 'upstream'] as const) {
    const watchers = await gather(stand, {
      ...{ room: stand.load.rooms[0] as string, size: SOCKETS, returns: false },
      gatewayUrls: stand.product.gatewayUrls.slice(0, 1),
    });
    try {
      const { back } = stand.injected(`half-open ${stream} on ws-1`);
      const atMs = performance.now();
      const toxic = { type: 'timeout', stream, attributes: { timeout: 0 } };
      await spoilt(linksOf(stand).link('ws-1'), toxic, () => expectReaped(stand, stream, watchers, atMs));
      back();
    } finally {
      await disperse(watchers);
    }
    if (!(await untilShownAgain(stand, performance.now(), BACK_LIMIT_MS)))
      stand.violated(`row 38: nothing was shown ${BACK_LIMIT_MS / 1_000} s after ws-1 was whole again`);
  }
}

/** These watchers never give up by themselves: a socket of theirs that ends was ended by the gateway. */
async function expectReaped(stand: Stand, stream: string, watchers: readonly Member[], atMs: number): Promise<void> {
  const left = await untilAll(stand, watchers, REAPED_WITHIN_MS, ({ lostAtMs }) => lostAtMs > 0);
  const slowest = Math.max(...watchers.map(({ lostAtMs }) => lostAtMs - atMs));
  stand.say(
    `  ${SOCKETS - left} of ${SOCKETS} sockets half-open ${stream} were reaped, the last after ${Math.round(slowest)} ms`,
  );
  if (left > 0) stand.violated(`row 38: ${left} sockets half-open ${stream} were not reaped in 60 s`);
}
