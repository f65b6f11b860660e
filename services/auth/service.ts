import { REVOCATION_MS } from '../../shared/own-tokens.ts';
import type { RpcService } from '../../shared/rpc.ts';
import type { ServiceOptions } from '../../shared/service.ts';
import { blockPerson, unblockPerson } from './blocking.ts';
import { login } from './login.ts';
import type { AuthOptions } from './options.ts';
import { changePassword, deleteAccount, logout } from './own-account.ts';
import type { AuthQuestions } from './questions.ts';
import { refresh } from './refresh.ts';
import { register } from './registration.ts';
import { createSigningKeys } from './signing-keys.ts';
import { listEndedSince } from './tables/sessions.ts';
import { waysInAnswers } from './ways-in.ts';

export const authProto = new URL('./service.proto', import.meta.url);

/** More than may end within REVOCATION_MS on any site; what is beyond would not fit into an answer. */
const MAXIMUM_REVOKED = 50_000;

/** The context as its host serves it. */
export function authService(options: ServiceOptions): RpcService {
  const own = authOptions(options);
  return { proto: authProto, answers: { ...waysInAnswers(own), ...authQuestions(own) } };
}

/** @param options what the host gives @returns the same, with the keys that this process signs with */
export function authOptions(options: ServiceOptions): AuthOptions {
  return { ...options, keys: createSigningKeys(options) };
}

/** Answers auth's questions out of its database. */
export function authQuestions(options: AuthOptions): AuthQuestions {
  return {
    register: (request) => register(options, request),
    login: (request) => login(options, request),
    refresh: (request) => refresh(options, request),
    logout: (request) => logout(options, request),
    changePassword: (request) => changePassword(options, request),
    deleteAccount: (request) => deleteAccount(options, request),
    blockPerson: (request) => blockPerson(options, request),
    unblockPerson: (request) => unblockPerson(options, request),
    publicKeys: async () => ({ keys: await options.keys.published() }),

    async verification() {
      const since = new Date(options.clock.now().getTime() - REVOCATION_MS);
      const revoked_sessions = await listEndedSince(options.database, since, MAXIMUM_REVOKED);
      return { keys: await options.keys.published(), revoked_sessions };
    },

    async rotateKey() {
      const { kid, signsFrom } = await options.keys.rotate();
      return { kid, signs_from: signsFrom };
    },
  };
}
