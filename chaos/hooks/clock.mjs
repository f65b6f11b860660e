/**
 * Loaded by NODE_OPTIONS=--import=<this file>: the process's wall clock is CLOCK_SHIFT_MS off, and where
 * CLOCK_JUMP_BACK_MS is set it falls back by so much, CLOCK_JUMP_BACK_AFTER_MS after the start. Whatever asks for the time
 * now is told so; instants that are given (Date.parse, Date.UTC, new Date(x)) and what cannot jump (performance.now,
 * timers) are as they were.
 */
const shiftMs = read('CLOCK_SHIFT_MS');
const jumpBackMs = read('CLOCK_JUMP_BACK_MS');
const jumpAtMs = performance.now() + read('CLOCK_JUMP_BACK_AFTER_MS');

const RealDate = Date;
const realNow = Date.now;
const now = () => realNow() + shiftMs - (performance.now() >= jumpAtMs ? jumpBackMs : 0);

globalThis.Date = new Proxy(RealDate, {
  construct: (target, given, made) => Reflect.construct(target, given.length > 0 ? given : [now()], made),
  apply: () => new RealDate(now()).toString(),
});
RealDate.now = now;
RealDate.prototype.constructor = globalThis.Date;

function read(name) {
  const text = process.env[name] ?? '0';
  if (!/^-?[0-9]{1,12}$/.test(text)) throw new Error(`${name} must be a whole number of milliseconds`);
  return Number(text);
}
