import { Type } from '@sinclair/typebox';
import { asks, badParams, type Caller, forbidden, Refusal } from '../../shared/endpoint.ts';
import { MessagesFrom } from '../../shared/events/people.ts';
import { isUuid } from '../../shared/ids.ts';
import { OWN_ISSUER } from '../../shared/jwt.ts';
import { MAXIMUM_NICKNAME_CHARACTERS, nicknameFault } from '../../shared/nickname.ts';
import { closed, PageLimit, Uuid } from '../../shared/schema.ts';
import type { FoundPerson, ProfilesQuestions, ProfileView } from './questions.ts';

/** What the profiles' endpoints need of their host. */
export interface ProfilesPorts {
  readonly profiles: ProfilesQuestions;
}

const MAXIMUM_ABOUT_CHARACTERS = 500;
const MAXIMUM_AVATAR_CHARACTERS = 2_000;

const shown = {
  uuid: Uuid,
  nickname: Type.String(),
  about: Type.String(),
  avatar_url: Type.Union([Type.String(), Type.Null()], {
    description: 'Where the picture is, below the API’s own root.',
  }),
};
const profileFields = {
  success: Type.Literal(true),
  ...shown,
  nickname: Type.Union([Type.String(), Type.Null()], { description: 'null: the person has deleted their account.' }),
  status: Type.Optional(Type.Union([Type.Literal('blocked'), Type.Literal('deleted')])),
};
const OwnProfile = Type.Object({ ...profileFields, messages_from: MessagesFrom });

/** GET /profile: the caller's own. */
export const getOwnProfile = asks<ProfilesPorts>({
  operation: 'profile.get',
  summary: 'What the caller says of themselves.',
  answer: OwnProfile,
  refusals: { 404: 'not found: a person of the site who has no profile here' },
  async ask({ caller }, { profiles }) {
    return { body: ownProfile(await profiles.profile({ uuid: caller.subject, ...registration(caller) })) };
  },
});

const ProfileParams = closed({ uuid: Uuid });

/** GET /profile/:uuid: anybody's, to everybody who is signed in. */
export const getProfile = asks<ProfilesPorts, undefined, undefined, typeof ProfileParams>({
  operation: 'profile.of',
  summary: 'What a person says of themselves.',
  params: ProfileParams,
  answer: Type.Object(profileFields),
  refusals: { 404: 'not found: no such profile' },
  async ask({ params }, { profiles }) {
    return { body: { success: true, ...publicProfile(await profiles.profile({ uuid: params.uuid })) } };
  },
});

const ProfileBody = closed(
  {
    nickname: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: MAXIMUM_NICKNAME_CHARACTERS,
        description:
          'No two people have the same, case and accents apart. Without blanks but single spaces within it, control and ' +
          'invisible characters, and what turns the direction of writing; in composed characters (Unicode NFC).',
      }),
    ),
    about: Type.Optional(Type.String({ maxLength: MAXIMUM_ABOUT_CHARACTERS })),
    avatar: Type.Optional(
      Type.Union([Type.String({ maxLength: MAXIMUM_AVATAR_CHARACTERS }), Type.Null()], {
        description:
          'The id of an uploaded file, a UUID; null: none any more. An address is not taken: nothing is fetched. ' +
          'Nothing can be uploaded yet, and until then the address answers 404.',
      }),
    ),
    messages_from: Type.Optional(MessagesFrom),
  },
  { minProperties: 1 },
);

/** PUT /profile: changes what the body names, and nothing else. */
export const putProfile = asks<ProfilesPorts, typeof ProfileBody>({
  operation: 'profile.put',
  summary: "Changes the caller's profile; what the body leaves out stays as it is.",
  body: ProfileBody,
  answer: OwnProfile,
  refusals: {
    403: 'forbidden: only people who are registered here change a profile, and who is blocked does not',
    409: 'conflict: somebody else has the nickname',
    422: 'unprocessable: avatar is no id of a file',
  },
  async ask({ caller, body }, { profiles }) {
    // The site may know a person under the same uuid, but it speaks for them on the site alone.
    if (caller.issuer !== OWN_ISSUER) throw forbidden();
    const { avatar, ...others } = body;
    const fault = others.nickname === undefined ? null : nicknameFault(others.nickname);
    if (fault !== null) throw badParams('/nickname', fault);
    if (typeof avatar === 'string' && !isUuid(avatar)) throw new Refusal(422, 'unprocessable', [AVATAR_FAULT]);
    const change = { ...others, ...(avatar !== undefined && { avatar: avatar ?? '' }) };
    return { body: ownProfile(await profiles.update({ uuid: caller.subject, registered_as: caller.name, ...change })) };
  },
});

const AVATAR_FAULT = { path: '/avatar', message: 'must be the id of a file, or null' };

const SearchQuery = closed({
  search: Type.String({
    minLength: 1,
    maxLength: MAXIMUM_NICKNAME_CHARACTERS,
    description: 'How the nicknames begin, case and accents apart.',
  }),
  after: Type.Optional(Type.String({ minLength: 1, maxLength: 256, description: '`next` of the page before.' })),
  limit: Type.Optional(PageLimit),
});

/** GET /users: people by the beginning of their nicknames. */
export const searchUsers = asks<ProfilesPorts, undefined, typeof SearchQuery>({
  operation: 'users.search',
  summary: 'People by nickname, in the order of the nicknames. Read from a replica, so it may be some moments behind.',
  query: SearchQuery,
  answer: Type.Object({
    success: Type.Literal(true),
    users: Type.Array(Type.Object(shown)),
    next: Type.Optional(Type.String()),
  }),
  async ask({ query }, { profiles }) {
    const { search, after = '', limit = '50' } = query;
    const { people, next } = await profiles.search({ search, after, limit: Number(limit) });
    return { body: { success: true, users: people.map(shownPerson), ...(next && { next }) } };
  },
});

/** Somebody who has registered here is known by their token before their profile is made. */
function registration({ issuer, name }: Caller): { registered_as?: string } {
  return issuer === OWN_ISSUER ? { registered_as: name } : {};
}

function ownProfile(profile: ProfileView) {
  return { success: true, ...publicProfile(profile), messages_from: profile.messages_from };
}

/** Whether a person is online is not the profiles' to say. */
function publicProfile(profile: ProfileView) {
  const { nickname, status } = profile;
  return { ...shownPerson(profile), nickname: nickname || null, ...(status !== 'active' && { status }) };
}

function shownPerson({ uuid, nickname, about, avatar }: FoundPerson) {
  return { uuid, nickname, about, avatar_url: avatar ? `/file/${avatar}` : null };
}
