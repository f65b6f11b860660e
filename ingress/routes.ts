/**
 * ★ The first map: what happens when a URL is called. Each route answers at the root and under `/api`. What an endpoint
 * takes, who may call it and what becomes of it stands in its context's endpoints.ts.
 */
import type { Endpoint } from '../shared/endpoint.ts';
import {
  type AuthPorts,
  blockAccount,
  changePassword,
  deleteMe,
  listKeys,
  login,
  logout,
  refreshToken,
  register,
  unblockAccount,
} from '../services/auth/endpoints.ts';
import {
  beginOauth,
  confirmPassword,
  finishOauth,
  listProviders,
  resetPassword,
  type WaysInPorts,
} from '../services/auth/ways-in-endpoints.ts';
import {
  acceptFriend,
  blockPerson,
  declineFriend,
  type FriendsPorts,
  listFriends,
  removeFriend,
  requestFriend,
  unblockPerson,
} from '../services/friends/endpoints.ts';
import { deposit, getAccount, getPostings, type LedgerPorts, payout, refund } from '../services/ledger/endpoints.ts';
import {
  getOwnProfile,
  getProfile,
  type ProfilesPorts,
  putProfile,
  searchUsers,
} from '../services/profiles/endpoints.ts';
import {
  addConnection,
  addDonate,
  addGoal,
  addMessage,
  getDonate,
  getGoal,
  getHistory,
  getLeaderboard,
  getRoomEvents,
  getSponsor,
  getViewers,
  openRoom,
  type RoomsPorts,
} from '../services/rooms/endpoints.ts';
import { bindEndpoint, type BoundRoute, type Method, type Route } from './bound.ts';
import { getDeadLetters, getStatus, type OperationsPorts, retryDeadLetter } from './operations.ts';

/** What the contexts' endpoints are run with. */
export interface Ports {
  readonly rooms: RoomsPorts;
  readonly ledger: LedgerPorts;
  readonly auth: AuthPorts & WaysInPorts;
  readonly friends: FriendsPorts;
  readonly profiles: ProfilesPorts;
  readonly operations: OperationsPorts;
}

const rooms = to('rooms');
const ledger = to('ledger');
const auth = to('auth');
const profiles = to('profiles');
const friends = to('friends');
const operations = to('operations');

export const routes: readonly Route<Ports>[] = [
  // The live room
  rooms('POST', addMessage, '/chat/message/add'),
  rooms('POST', addDonate, '/chat/donate/add', '/chat/donat/add'),
  rooms('POST', addConnection, '/chat/connection/add'),
  rooms('POST', addGoal, '/chat/goal/add'),
  rooms('POST', openRoom, '/room'),
  rooms('GET', getHistory, '/chat/event/history'),
  rooms('GET', getDonate, '/chat/donate/:id'),
  rooms('GET', getGoal, '/chat/goal'),
  rooms('GET', getSponsor, '/chat/sponsor'),
  rooms('GET', getLeaderboard, '/chat/leaderboard'),
  rooms('GET', getViewers, '/chat/viewers'),

  // Money
  ledger('POST', deposit, '/account/deposit'),
  ledger('POST', payout, '/account/payout'),
  ledger('POST', refund, '/account/refund'),
  ledger('GET', getAccount, '/account'),
  ledger('GET', getPostings, '/account/postings'),

  // Accounts
  auth('POST', register, '/register'),
  auth('POST', login, '/login'),
  auth('POST', refreshToken, '/refresh-token'),
  auth('POST', logout, '/logout'),
  auth('PUT', changePassword, '/password'),
  auth('DELETE', deleteMe, '/me'),
  auth('GET', listProviders, '/oauth'),
  auth('GET', beginOauth, '/oauth/:provider'),
  auth('POST', finishOauth, '/oauth'),
  auth('POST', resetPassword, '/password/reset'),
  auth('POST', confirmPassword, '/password/reset/confirm'),
  auth('POST', blockAccount, '/person/:uuid/block'),
  auth('DELETE', unblockAccount, '/person/:uuid/block'),
  auth('GET', listKeys, '/.well-known/jwks.json'),

  // People
  profiles('GET', getOwnProfile, '/profile'),
  profiles('GET', getProfile, '/profile/:uuid'),
  profiles('PUT', putProfile, '/profile'),
  profiles('GET', searchUsers, '/users'),

  // Friends
  friends('POST', requestFriend, '/request'),
  friends('POST', acceptFriend, '/accept'),
  friends('POST', declineFriend, '/decline'),
  friends('DELETE', removeFriend, '/friend'),
  friends('GET', listFriends, '/friends'),
  friends('POST', blockPerson, '/block'),
  friends('DELETE', unblockPerson, '/block'),

  // Operators
  operations('GET', getStatus, '/ops/status'),
  operations('GET', getDeadLetters, '/ops/dead-letters'),
  operations('POST', retryDeadLetter, '/ops/dead-letters/:id/retry'),
  rooms('GET', getRoomEvents, '/ops/room/:owner_id/events'),
];

/** The map with its contexts' ports in place. */
export function bindRoutes(ports: Ports): readonly BoundRoute[] {
  return routes.map(({ method, paths, bind }) => ({ method, paths, endpoint: bind(ports) }));
}

type Paths = readonly [string, ...string[]];

/** Routes to one context: its endpoints get its ports. */
function to<C extends keyof Ports>(context: C) {
  return (method: Method, endpoint: Endpoint<Ports[C]>, ...paths: Paths): Route<Ports> => {
    return { method, paths, endpoint, bind: (ports) => bindEndpoint(endpoint, ports[context]) };
  };
}
