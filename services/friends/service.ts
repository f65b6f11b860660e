import { badParams, readId } from '../../shared/endpoint.ts';
import type { RpcService } from '../../shared/rpc.ts';
import type { ServiceOptions } from '../../shared/service.ts';
import { commandPair } from './commands.ts';
import type { FriendsQuestions } from './questions.ts';
import { readCursor, toPage } from './relation.ts';
import { listRelations } from './tables/relations.ts';

const MAXIMUM_RELATIONS = 100;

/** The friends as their host serves them. */
export function friendsService(options: ServiceOptions): RpcService {
  return { proto: new URL('./service.proto', import.meta.url), answers: { ...friendsQuestions(options) } };
}

/** Answers the friends' questions out of their database. */
export function friendsQuestions(options: ServiceOptions): FriendsQuestions {
  return {
    request: (request) => commandPair(options, 'request', request),
    accept: (request) => commandPair(options, 'accept', request),
    decline: (request) => commandPair(options, 'decline', request),
    remove: (request) => commandPair(options, 'remove', request),
    block: (request) => commandPair(options, 'block', request),
    unblock: (request) => commandPair(options, 'unblock', request),

    async list({ subject, after, limit }) {
      if (!(limit >= 1 && limit <= MAXIMUM_RELATIONS)) throw badParams('/limit', `must be 1 to ${MAXIMUM_RELATIONS}`);
      const lines = await listRelations(options.database, readId('/subject', subject), readCursor(after), limit + 1);
      return toPage(lines, limit);
    },
  };
}
