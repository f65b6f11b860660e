import type { EachBatchPayload } from 'kafkajs';
import { sleep } from './clock.ts';
import { errorText } from './errors.ts';
import type { KafkaContext } from './kafka-client.ts';

const COMMIT_EVERY_MS = 300;
const COMMIT_EVERY_RECORDS = 100;
const LAST_ATTEMPTS = 3;
const LAST_PAUSE_MS = 150;

/** Commits what was resolved, apart from the handling of batches; a commit that fails is made again with the next. */
export class Commits {
  count = 0;
  #last = Date.now();
  #payload: EachBatchPayload | null = null;
  readonly #context: KafkaContext;
  readonly #timer: NodeJS.Timeout | undefined;
  #isOn: boolean;

  constructor(context: KafkaContext, isOn: boolean) {
    this.#context = context;
    this.#isOn = isOn;
    if (isOn) this.#timer = setInterval(() => void this.ifDue(), COMMIT_EVERY_MS);
  }

  from(payload: EachBatchPayload): void {
    this.#payload = payload;
  }

  async ifDue(): Promise<void> {
    if (this.count === 0) return;
    if (this.count >= COMMIT_EVERY_RECORDS || Date.now() - this.#last >= COMMIT_EVERY_MS) await this.now();
  }

  /** From here on nothing is committed: what comes again does so without harm. */
  end(): void {
    this.#isOn = false;
  }

  /** False where it failed. */
  async now(): Promise<boolean> {
    const offsets = this.#payload?.uncommittedOffsets();
    if (!this.#isOn || !offsets?.topics.length) return true;
    this.count = 0;
    this.#last = Date.now();
    try {
      await this.#payload?.commitOffsetsIfNecessary(offsets);
      return true;
    } catch (error) {
      this.count++;
      this.#context.log.debug({ reason: errorText(error) }, 'offsets not committed; they come with the next');
      return false;
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    // There is no next one; and what meets a rebalance is mostly taken a moment later.
    for (let attempt = 1; !(await this.now()) && attempt < LAST_ATTEMPTS; attempt++) await sleep(LAST_PAUSE_MS);
  }
}
