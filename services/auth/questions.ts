import type { Verification } from '../../shared/own-tokens.ts';
import type { Signed } from './sessions.ts';

/** The TypeScript twin of service.proto. Where a text is not given, it is "". */
export interface RegisterRequest {
  /** Of the caller's Idempotency-Key, or fresh. */
  readonly call_id: string;
  readonly is_keyed: boolean;
  readonly phone: string;
  readonly password: string;
  readonly nickname: string;
  readonly email: string;
  readonly user_agent: string;
}

export interface LoginRequest {
  readonly kind: 'phone' | 'email' | 'nickname';
  readonly identifier: string;
  readonly password: string;
  readonly user_agent: string;
}

/** Who asks, as their token says. */
export interface OwnRequest {
  readonly subject: string;
  readonly session: string;
}

export interface ChangePasswordRequest extends OwnRequest {
  readonly old_password: string;
  readonly password: string;
  readonly user_agent: string;
}

export interface BlockRequest {
  readonly call_id: string;
  readonly is_keyed: boolean;
  readonly fingerprint: string;
  readonly uuid: string;
}

/** `repeated`: an earlier call with the same key did it; of a logout or a deletion, any earlier call. */
export interface Done {
  readonly repeated: boolean;
}

export interface SignedIn extends Signed {
  readonly repeated: boolean;
}

export interface PublicKeys {
  readonly keys: Verification['keys'];
}

export interface RotatedKey {
  readonly kid: string;
  /** RFC 3339. */
  readonly signs_from: string;
}

export interface AuthQuestions {
  register(request: RegisterRequest): Promise<SignedIn>;
  login(request: LoginRequest): Promise<SignedIn>;
  refresh(request: { readonly refresh_token: string }): Promise<SignedIn>;
  logout(request: OwnRequest): Promise<Done>;
  changePassword(request: ChangePasswordRequest): Promise<SignedIn>;
  deleteAccount(request: OwnRequest): Promise<Done>;
  blockPerson(request: BlockRequest): Promise<Done>;
  unblockPerson(request: { readonly uuid: string }): Promise<Done>;
  publicKeys(request: object): Promise<PublicKeys>;
  verification(request: object): Promise<Verification>;
  rotateKey(request: object): Promise<RotatedKey>;
}
