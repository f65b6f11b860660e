import type { Signed } from './sessions.ts';
import type { IdentifierKind } from './tables/accounts.ts';

export interface BeginOauthRequest {
  readonly provider: string;
  /** One that the caller's host may be left for, in its one spelling. */
  readonly redirect_uri: string;
  /** S256, of the verifier that the client made. */
  readonly code_challenge: string;
}

export interface FinishOauthRequest {
  readonly provider: string;
  readonly code: string;
  readonly state: string;
  readonly redirect_uri: string;
  readonly code_verifier: string;
  /** The provider's `iss` beside the code; "" where none came. */
  readonly iss: string;
  readonly user_agent: string;
}

export interface RequestResetRequest {
  /** Made from the caller's Idempotency-Key, or fresh. */
  readonly call_id: string;
  readonly kind: IdentifierKind;
  /** In its one spelling (identifiers.ts). */
  readonly value: string;
}

export interface ConfirmResetRequest {
  /** Made from the caller's Idempotency-Key, or fresh. */
  readonly call_id: string;
  readonly token: string;
  readonly password: string;
}

/** The questions about ways in beside the password, as `service.proto` has them. */
export interface WaysInQuestions {
  /** The names of the providers that people may log in by. */
  oauthProviders(request: object): Promise<{ readonly providers: readonly string[] }>;
  /** @throws Refusal 404 for a provider that is none; AppError retriable where it is out of reach */
  beginOauth(request: BeginOauthRequest): Promise<{ readonly url: string; readonly state: string }>;
  /**
   * Logs in who comes back from a provider; makes an account for who was never here.
   * @throws Refusal 400 for what does not fit or the provider refuses, 401 for who is blocked, 409 for an email that is
   * somebody's and not verified on both sides; AppError retriable where the provider is out of reach
   */
  finishOauth(request: FinishOauthRequest): Promise<Signed>;
  /** Alike for known and unknown accounts. */
  requestReset(request: RequestResetRequest): Promise<{ readonly repeated: boolean }>;
  /** @throws Refusal 400 for a token that is unknown, used or expired, and for a password that is none; 422 where the
   * same call said another password */
  confirmReset(request: ConfirmResetRequest): Promise<{ readonly repeated: boolean }>;
}
