/** Fields of every line that say nothing to somebody who reads one fleet's log. */
const skipped = new Set(['level', 'time', 'pid', 'hostname', 'name', 'msg', 'err']);

interface Thrown {
  message?: string;
  stack?: string;
}

/**
 * One readable line of what a process wrote: `HH:MM:SS.mmm name      | message field=value`, with an error's stack
 * below it. The level stands before the message unless it is "info"; what is no JSON passes as it is.
 * @param width the room for names, so that the messages stand below each other
 * @param now the time shown for a line that bears none
 */
export function formatLine(name: string, width: number, line: string, now: Date): string {
  const entry = parse(line);
  if (!entry) return `${clockTime(now)} ${name.padEnd(width)} | ${line}`;
  const { level, time, msg, err } = entry;
  const at = typeof time === 'string' || typeof time === 'number' ? new Date(time) : now;
  const words = [
    ...(level === 'info' || level === undefined ? [] : [String(level).toUpperCase()]),
    ...(msg === undefined ? [] : [String(msg)]),
    ...Object.entries(entry).flatMap(([key, value]) => (skipped.has(key) ? [] : [`${key}=${show(value)}`])),
  ];
  return `${clockTime(at)} ${name.padEnd(width)} | ${words.join(' ')}${stackOf(err)}`;
}

/** Says whether a line is about a request that was answered with neither a refusal nor a fault. */
export function isQuietRequest(line: string): boolean {
  const entry = parse(line);
  return entry?.msg === 'request' && Number(entry.status) < 400;
}

function parse(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function show(value: unknown): string {
  return typeof value === 'string' && !/[\s"=]/.test(value) ? value : JSON.stringify(value);
}

function stackOf(err: unknown): string {
  if (typeof err !== 'object' || err === null) return err === undefined ? '' : ` err=${show(err)}`;
  const { stack, message } = err as Thrown;
  return `\n${(stack ?? message ?? JSON.stringify(err)).replaceAll(/^/gm, '    ')}`;
}

function clockTime(at: Date): string {
  const part = (value: number, digits = 2) => String(value).padStart(digits, '0');
  const seconds = `${part(at.getSeconds())}.${part(at.getMilliseconds(), 3)}`;
  return `${part(at.getHours())}:${part(at.getMinutes())}:${seconds}`;
}
