import { errorNumber, isOutOfReach } from '../../shared/database.ts';
import { AppError } from '../../shared/errors.ts';

/**
 * Whose fault an error is:
 * - retriable: the infrastructure's; the partition waits and the batch is run again, for as long as it takes
 * - refused: the record's; this code or a constraint of the tables says that it can never be handled
 * - unknown: nobody knows yet; three tries and one crash tell a passing fault from a lasting one
 */
export type Fault = 'retriable' | 'refused' | 'unknown';

/** Deadlocks and lock waits that outlasted all reruns; a full or read-only server; tables that a deploy still owes. */
const WAITING = new Set([1020, 1205, 1213, 1305, 1021, 1114, 1290, 1792, 1044, 1045, 1049, 1054, 1142, 1143, 1146]);

/** NULL, range, text, length, keys and checks that the tables refuse. */
const CONSTRAINTS = new Set([1048, 1062, 1264, 1366, 1406, 1451, 1452, 3819, 4025]);

const REDIS_AWAY =
  /^(LOADING|READONLY|OOM|MISCONF|BUSY|CLUSTERDOWN|NOREPLICAS)\b|Stream isn't writeable|Connection is closed|Command timed out|max retries per request/;

export function faultOf(error: unknown): Fault {
  if (error instanceof AppError) return error.retriable ? 'retriable' : 'refused';
  const number = errorNumber(error);
  if (WAITING.has(number)) return 'retriable';
  if (CONSTRAINTS.has(number)) return 'refused';
  if (!(error instanceof Error)) return 'unknown';
  return isOutOfReach(error) || REDIS_AWAY.test(error.message) ? 'retriable' : 'unknown';
}
