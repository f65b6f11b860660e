import { Type } from '@sinclair/typebox';
import { Uuid } from '../../shared/schema.ts';

/** What people give of themselves, and what they are given, over HTTP. What a schema cannot say is checked in auth. */
export const Phone = Type.String({ minLength: 1, maxLength: 40, description: 'With + and the country code.' });
export const Email = Type.String({ minLength: 3, maxLength: 254 });
export const Nickname = Type.String({
  minLength: 1,
  maxLength: 64,
  description: '1 to 32 characters without the blanks around them; of two that differ in case only there is one.',
});
export const Password = Type.String({
  minLength: 1,
  maxLength: 256,
  description: '8 to 256 characters of any kind, kept exactly as given; none that everybody tries first.',
});

export const SignedAnswer = Type.Object({
  success: Type.Literal(true),
  uuid: Uuid,
  token: Type.String({ description: 'The access token, to be sent as `Authorization: Bearer …`.' }),
  refresh_token: Type.String({ description: 'For POST /refresh-token, once, within 30 days.' }),
  expires_in: Type.Integer({ description: 'How long the access token lasts, in seconds.' }),
});

export const UNAUTHORIZED = 'anauthorized: no such account, another password, or a person who is blocked';
