import type { Transaction } from '../../shared/database.ts';
import { AppError } from '../../shared/errors.ts';
import { firstNicknames } from './nickname.ts';
import { isNicknameTaken } from './tables/profiles.ts';

/**
 * The nickname that a new profile begins with: the registered one, or, where somebody has taken it meanwhile, the same
 * with an end of the person's uuid. Another may still take it before it is written: then the write meets a duplicate key,
 * and its transaction is run again.
 */
export async function freeNickname(tx: Transaction, registered: string, uuid: string): Promise<string> {
  for (const nickname of firstNicknames(registered, uuid)) {
    if (!(await isNicknameTaken(tx, nickname, uuid))) return nickname;
  }
  throw new AppError('no-nickname', 'every nickname that this person could begin with is taken', { retriable: false });
}
