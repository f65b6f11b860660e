import { DelayCounter, type Delays, machineMs } from '../support/delays.ts';
import { dueAtMs, type Pace } from '../support/pace.ts';

/** How late the events of a steady rate were, in spans: each begins with an event and ends before the next one's. */
export class Arrivals {
  readonly #pace: Pace;
  readonly #spans: { readonly first: number; readonly delays: DelayCounter }[] = [];

  constructor(pace: Pace) {
    this.#pace = pace;
  }

  /** Must be called before the event that it begins with is due. */
  beginSpan(first: number): void {
    this.#spans.push({ first, delays: new DelayCounter() });
  }

  /** An event is here, now. */
  note(number: number): void {
    const span = this.#spans.findLast(({ first }) => first <= number);
    span?.delays.add(machineMs() - dueAtMs(this.#pace, number));
  }

  taken(): readonly Delays[] {
    return this.#spans.map(({ delays }) => delays.taken());
  }
}
