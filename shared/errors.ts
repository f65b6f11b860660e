/**
 * The one error class thrown on purpose. `retriable` decides what the event runtime does with it:
 * true → the partition pauses and the batch is run again by timer; false → the record is a dead letter.
 * A business refusal (no cover, blocked, unknown room) is never an error: it is an outcome or an event.
 */
export class AppError extends Error {
  readonly code: string;
  readonly retriable: boolean;

  constructor(code: string, message: string, options: { retriable: boolean; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.retriable = options.retriable;
  }
}

/** Raised where a program has contradicted itself; says what was expected. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AppError('invariant', message, { retriable: false });
}

/** The text of anything that was thrown. */
export function errorText(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
