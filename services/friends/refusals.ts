import { forbidden, notFound, Refusal } from '../../shared/endpoint.ts';
import type { Refused } from './friendship.ts';

/** A refused command as its caller sees it. */
export function refusalOf(why: Refused): Refusal {
  switch (why) {
    case 'already_friends':
      return conflict('is a friend already');
    case 'already_requested':
      return conflict('has been asked already');
    case 'blocks_other':
      return conflict('is blocked by you: lift your block first');
    case 'blocked_by_other':
    case 'own_request':
      return forbidden();
    case 'no_request':
    case 'no_friendship':
    case 'no_block':
      return notFound();
  }
}

const conflict = (message: string) => new Refusal(409, 'conflict', [{ path: '/uuid', message }]);
