import { until as untilSo } from '../../shared/testing/until.ts';

/** Resolves once `check` holds. @param what is waited for, in words for whoever reads the failure */
export async function until(
  check: () => boolean | Promise<boolean>,
  what: string | (() => string),
  timeoutMs = 30_000,
): Promise<void> {
  await untilSo(check, { timeoutMs, describe: typeof what === 'string' ? () => what : what });
}
