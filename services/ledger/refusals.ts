import { Refusal } from '../../shared/endpoint.ts';

/** What the ledger's synchronous questions refuse alike. */
export const insufficientBalance = () => new Refusal(402, 'insufficient balance');

/** For a day another body under a key is refused; later the first stands, as on the publish routes (contract.md, 2). */
const KEY_GUARD_MS = 86_400_000;

/** @param usedAt when the key booked something, RFC 3339 */
export function isKeyGuarded(usedAt: string, now: Date): boolean {
  return now.getTime() - Date.parse(usedAt) < KEY_GUARD_MS;
}
