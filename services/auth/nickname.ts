import { toMicroseconds } from '../../shared/database.ts';
import type { HeldNickname } from './tables/nicknames.ts';

/** What a profile says of its nickname: since when, and in which of its versions. */
export interface NicknameWord {
  readonly nickname: string | null;
  /** RFC 3339. */
  readonly at: string;
  readonly version: number;
}

export type NicknameDecision =
  | { readonly kind: 'skip'; readonly reason: string }
  /** `from`: who must give it up first; null: nobody. */
  | { readonly kind: 'set'; readonly nickname: string | null; readonly from: string | null };

/**
 * Whose a nickname is. Profiles give each to one person at a time, but what they say of two people may arrive in either
 * order: so the later word holds the nickname, and whoever has lost it hears from their own profile what theirs is now.
 * @param own of the person whose profile it is @param holder who else has this nickname here
 */
export function decideNickname(
  own: HeldNickname | null,
  holder: HeldNickname | null,
  word: NicknameWord,
): NicknameDecision {
  if (!own) return { kind: 'skip', reason: 'has no account here' };
  if (own.version !== null && own.version >= word.version) return { kind: 'skip', reason: 'an older word' };
  if (!holder || word.nickname === null) return { kind: 'set', nickname: word.nickname, from: null };
  // Registered, and not yet heard of from the profile: any profile's word counts for more.
  const isNewer = holder.at === null || toMicroseconds(word.at) > toMicroseconds(holder.at);
  return isNewer
    ? { kind: 'set', nickname: word.nickname, from: holder.id }
    : { kind: 'set', nickname: null, from: null };
}
