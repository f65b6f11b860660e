const pollMs = 500;
/** A Ctrl-C arrives twice, from the terminal and from npm, which passes it on: that is one wish. */
const sameWishMs = 1_000;

/**
 * Calls `end` at the first SIGINT, SIGTERM or SIGHUP, and when the npm that started this process dies: a signal that
 * kills npm would leave what its script started without anybody to stop it. A second signal, a second later or more,
 * exits at once.
 */
export function onEnd(end: () => void): void {
  let endedAt: number | undefined;
  const wish = () => {
    if (endedAt !== undefined && Date.now() - endedAt > sameWishMs) process.exit(1);
    if (endedAt !== undefined) return;
    endedAt = Date.now();
    end();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, wish);
  if (process.env.npm_lifecycle_event !== undefined) watchParent(wish);
}

function watchParent(onDeath: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onDeath();
  }, pollMs);
  timer.unref();
}
