import type { Transaction } from '../../shared/database.ts';
import { badParams, forbidden, notFound, readId, Refusal } from '../../shared/endpoint.ts';
import { encodeEvent } from '../../shared/event.ts';
import { insertOutbox } from '../../shared/outbox.ts';
import type { RpcService } from '../../shared/rpc.ts';
import type { ServiceOptions } from '../../shared/service.ts';
import { freeNickname } from './free-nickname.ts';
import { firstNicknames } from './nickname.ts';
import {
  decideChange,
  newProfile,
  type Profile,
  type ProfileChange,
  profileUpdated,
  profileUpdatedId,
} from './profile.ts';
import type { FoundPerson, ProfilesQuestions, ProfileView, UpdateRequest } from './questions.ts';
import { MAXIMUM_PAGE_PEOPLE, readCursor, writeCursor } from './search.ts';
import {
  findProfile,
  insertProfile,
  isNicknameTaken,
  lockProfiles,
  saveProfile,
  searchProfiles,
  stampProfiles,
} from './tables/profiles.ts';

export type { ProfilesQuestions } from './questions.ts';

export const profilesProto = new URL('./service.proto', import.meta.url);

/** The profiles as their host serves them. */
export function profilesService(options: ServiceOptions): RpcService {
  return { proto: profilesProto, answers: { ...profilesQuestions(options) } };
}

/** Answers the questions to the profiles out of their database. */
export function profilesQuestions(options: ServiceOptions): ProfilesQuestions {
  return {
    async profile({ uuid, registered_as: name }) {
      const stored = await findProfile(options.database, readId('/uuid', uuid));
      if (stored && stored.version > 0) return toView(stored);
      if (name === undefined) throw notFound();
      return toView(unstored(options, uuid, firstNicknames(name, uuid)[0], stored));
    },

    async update(request) {
      readId('/uuid', request.uuid);
      const { profile, isChanged } = await options.database.transaction((tx) => updateIn(tx, options, request));
      if (isChanged) options.committed();
      return toView(profile);
    },

    async search({ search, after, limit }) {
      if (!(limit >= 1 && limit <= MAXIMUM_PAGE_PEOPLE)) {
        throw badParams('/limit', `must be 1 to ${MAXIMUM_PAGE_PEOPLE}`);
      }
      const found = await searchProfiles(options.replica, search, readCursor(after), limit + 1);
      const page = found.slice(0, limit);
      return { people: page.map(toFound), next: found.length > limit ? writeCursor(page.at(-1)?.nickname ?? '') : '' };
    },
  };
}

/** One transaction: lock, decide, write with its event, which is stored under the row's lock. */
async function updateIn(
  tx: Transaction,
  options: ServiceOptions,
  request: UpdateRequest,
): Promise<{ profile: Profile; isChanged: boolean }> {
  const { uuid } = request;
  const stored = (await lockProfiles(tx, [uuid])).get(uuid);
  if (stored && stored.status !== 'active') throw forbidden();
  // Their UserRegistered has not been handled yet: whichever of the two comes first makes the profile.
  const before = stored && stored.version > 0 ? stored : await begun(tx, options, request, stored);
  const profile = decideChange(before, toChange(request));
  if (!profile) return { profile: before, isChanged: false };
  if (profile.nickname !== null && (await isNicknameTaken(tx, profile.nickname, uuid))) throw nicknameTaken();
  await (stored ? saveProfile(tx, profile) : insertProfile(tx, profile));
  const updatedAt = await stampProfiles(tx, [uuid]);
  const id = profileUpdatedId(profile);
  const payload = profileUpdated(profile, updatedAt);
  const told = { id, name: 'ProfileUpdated', payload, source: 'rostra/profiles', time: options.clock.now() } as const;
  await insertOutbox(tx, [{ eventId: id, record: encodeEvent(told) }]);
  return { profile, isChanged: true };
}

/** The profile of somebody who says something before their registration is heard of. @throws Refusal 403 */
async function begun(
  tx: Transaction,
  options: ServiceOptions,
  { uuid, registered_as: name, nickname }: UpdateRequest,
  mark: Profile | undefined,
): Promise<Profile> {
  if (name === undefined) throw forbidden();
  return unstored(options, uuid, nickname ?? (await freeNickname(tx, name, uuid)), mark);
}

/** @param mark what is kept of somebody who was blocked before they had a profile */
function unstored(
  { messagesFromDefault = 'friends' }: ServiceOptions,
  uuid: string,
  nickname: string,
  mark: Profile | null | undefined,
): Profile {
  return newProfile(uuid, nickname, messagesFromDefault, mark?.status);
}

const nicknameTaken = () => new Refusal(409, 'conflict', [{ path: '/nickname', message: 'is taken' }]);

function toChange({ nickname, about, avatar, messages_from: messagesFrom }: UpdateRequest): ProfileChange {
  return {
    ...(nickname !== undefined && { nickname }),
    ...(about !== undefined && { about }),
    ...(avatar !== undefined && { avatar: avatar === '' ? null : avatar }),
    ...(messagesFrom !== undefined && { messagesFrom }),
  };
}

function toFound({ uuid, nickname, about, avatar }: Profile): FoundPerson {
  return { uuid, nickname: nickname ?? '', about, avatar: avatar ?? '' };
}

function toView(profile: Profile): ProfileView {
  const { messagesFrom: messages_from, status, version } = profile;
  return { ...toFound(profile), messages_from, status, version };
}
