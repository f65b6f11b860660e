import type { MessagesFrom, Status } from './profile.ts';

/** The questions to the profiles, as `service.proto` has them. "" stands for nothing in answers: no avatar, no nickname. */
export interface ProfilesQuestions {
  /** @throws Refusal 404 where there is no such profile */
  profile(request: ProfileRequest): Promise<ProfileView>;
  /**
   * Changes what the request names, and answers the whole profile.
   * @throws Refusal 403 where there is none to change, 409 where somebody else has the nickname
   */
  update(request: UpdateRequest): Promise<ProfileView>;
  /** People whose nicknames begin with `search`, in their order. `after` and `next`: opaque, "" at either end. */
  search(request: {
    search: string;
    after: string;
    limit: number;
  }): Promise<{ people: readonly FoundPerson[]; next: string }>;
}

export interface ProfileRequest {
  readonly uuid: string;
  /** Only where somebody registered here asks for their own: their name, for as long as there is no profile yet. */
  readonly registered_as?: string;
}

export interface UpdateRequest extends ProfileRequest {
  readonly nickname?: string;
  readonly about?: string;
  /** "" takes it away. */
  readonly avatar?: string;
  readonly messages_from?: MessagesFrom;
}

export interface FoundPerson {
  readonly uuid: string;
  readonly nickname: string;
  readonly about: string;
  readonly avatar: string;
}

export interface ProfileView extends FoundPerson {
  readonly messages_from: MessagesFrom;
  readonly status: Status;
  readonly version: number;
}
