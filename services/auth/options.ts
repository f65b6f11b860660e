import type { ServiceOptions } from '../../shared/service.ts';
import type { SigningKeys } from './signing-keys.ts';

/** What this context's answers work with. */
export interface AuthOptions extends ServiceOptions {
  readonly keys: SigningKeys;
}
