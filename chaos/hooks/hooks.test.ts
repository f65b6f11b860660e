import { pathToFileURL } from 'node:url';
import { afterEach, expect, test } from '@jest/globals';
import { createProcess, type FleetProcess } from '../../scripts/fleet/process.ts';
import { until } from '../../e2e/support/until.ts';

const started: FleetProcess[] = [];
afterEach(() => Promise.all(started.splice(0).map((process) => process.stop())));

/** A process of a fleet that runs this code under a hook; its lines are kept. */
function start(hook: string, code: string, variables: NodeJS.ProcessEnv = {}) {
  const lines: string[] = [];
  const process = createProcess({
    ...{ name: 'hooked', instance: 0, port: 0, metricsPort: 0, restart: false, directory: import.meta.dirname },
    command: ['node', '--eval', code],
    env: { NODE_OPTIONS: '--disable-warning=ExperimentalWarning' },
    onLine: (line) => lines.push(line),
    log: (line) => lines.push(line),
    changed: () => undefined,
  });
  started.push(process);
  const file = pathToFileURL(`${import.meta.dirname}/${hook}`);
  process.start({ NODE_OPTIONS: `--import=${file}`, ...variables });
  return { process, lines, line: async (at: number) => until('a line', () => lines[at]) };
}

test('SIGUSR2 stops a process’s event loop for three seconds, and it goes on', async () => {
  const code = `
    let last = performance.now();
    console.log('ready');
    setInterval(() => {
      const gap = performance.now() - last;
      last += gap;
      if (gap > 500) console.log(Math.round(gap));
    }, 20);`;
  const { process, lines, line } = start('block.mjs', code);
  await line(0);
  const before = lines.length;
  await process.kill('SIGUSR2');
  // How long it is to last the hook says. The gap has no upper bound and need not be the first: a busy machine makes gaps too.
  await until('the hook has said so', () => lines.includes('event loop blocked for 3000 ms'));
  const gaps = () => lines.slice(before).filter((text) => /^[0-9]+$/.test(text));
  await until('it goes on after 2.9 s', () => Math.max(0, ...gaps().map(Number)) >= 2_900);
});

const HOUR = 3_600_000;

test('a shifted clock says another time to whoever asks for now, and nothing else changes', async () => {
  const code = `
    const made = new Date();
    console.log(JSON.stringify({
      now: Date.now(), made: made.getTime(), called: Date.parse(Date()), given: new Date(5).getTime(),
      parsed: Date.parse('1970-01-01T00:00:01Z'), utc: Date.UTC(1970, 0, 1), invalid: String(new Date(undefined)),
      isDate: made instanceof Date && made.constructor === Date, text: Object.prototype.toString.call(made),
      ofClass: new (class extends Date { year() { return this.getFullYear(); } })().year() === made.getFullYear(),
      ran: performance.now(), flags: process.env.NODE_OPTIONS.split(' ').length,
    }));`;
  const before = Date.now();
  const { line } = start('clock.mjs', code, { CLOCK_SHIFT_MS: String(-HOUR) });
  const told = JSON.parse(await line(0)) as Record<string, number>;
  const after = Date.now();
  for (const time of [told['now'], told['made']]) {
    expect(time).toBeGreaterThanOrEqual(before - HOUR);
    expect(time).toBeLessThanOrEqual(after - HOUR);
  }
  expect(Math.abs((told['called'] ?? 0) - (told['now'] ?? 0))).toBeLessThanOrEqual(1_000);
  expect(told).toMatchObject({ given: 5, parsed: 1_000, utc: 0, invalid: 'Invalid Date', isDate: true, flags: 2 });
  expect(told).toMatchObject({ text: '[object Date]', ofClass: true });
  expect(told['ran']).toBeLessThan(after - before + 1_000);
});

test('a clock that jumps back does so once, after its time', async () => {
  const code = `
    let last = Date.now();
    console.log(last);
    setInterval(() => {
      const now = Date.now();
      if (now < last) console.log(last - now);
      last = now;
    }, 10);
    setTimeout(() => console.log('end ' + Date.now()), 600);`;
  const before = Date.now();
  const { lines, line } = start('clock.mjs', code, {
    ...{ CLOCK_SHIFT_MS: String(HOUR), CLOCK_JUMP_BACK_AFTER_MS: '300', CLOCK_JUMP_BACK_MS: String(2 * HOUR) },
  });
  await line(2);
  const [first = '', back = '', end = ''] = lines;
  const after = Date.now();
  expect(Number(first)).toBeGreaterThanOrEqual(before + HOUR);
  // What passes between its two looks is taken off, and may be much on a busy machine.
  expect(Number(back)).toBeGreaterThanOrEqual(2 * HOUR - (after - before));
  expect(Number(back)).toBeLessThanOrEqual(2 * HOUR);
  expect(Number(end.replace('end ', ''))).toBeLessThanOrEqual(after - HOUR);
  expect(lines).toHaveLength(3);
});

test('a shift that is no number ends the process before it has begun', async () => {
  const { lines, process } = start('clock.mjs', 'console.log("begun")', { CLOCK_SHIFT_MS: 'ten' });
  await until('it has ended', () => process.pid === 0);
  await until('it has said why', () => lines.some((line) => line.includes('CLOCK_SHIFT_MS must be a whole number')));
  expect(lines).not.toContain('begun');
});
