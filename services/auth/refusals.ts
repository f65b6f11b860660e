import { badParams, Refusal } from '../../shared/endpoint.ts';
import { isUuid } from '../../shared/ids.ts';

/** Whoever asks learns no more: an unknown account, a wrong password and a blocked person are answered alike. */
export const unauthorized = () => new Refusal(401, 'anauthorized');
export const keyReused = () => new Refusal(422, 'key reused');

/** Something that only one account can have is another's already. @param paths "/phone", "/email", "/nickname" */
export function conflict(...paths: readonly string[]): Refusal {
  return new Refusal(
    409,
    'conflict',
    paths.map((path) => ({ path, message: 'is taken' })),
  );
}

/** @throws Refusal 400 */
export function readId(path: string, text: string): string {
  if (!isUuid(text)) throw badParams(path, 'must be a uuid');
  return text;
}
