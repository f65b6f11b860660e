/** A person as this context knows them: its own copy of what others have told. */
export interface KnownPerson {
  readonly uuid: string;
  readonly name: string;
  readonly status: PersonStatus;
  /** Of the profile that the name is from; 0 before the first one was heard of. */
  readonly profileVersion: number;
}

/** `blocked`: by an operator. */
export type PersonStatus = 'active' | 'blocked' | 'deleted';
