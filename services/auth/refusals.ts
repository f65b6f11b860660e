import { Refusal } from '../../shared/endpoint.ts';

/** Whoever asks learns no more: an unknown account, a wrong password and a blocked person are answered alike. */
export const unauthorized = () => new Refusal(401, 'anauthorized');

/** Something that only one account can have is another's already. @param paths "/phone", "/email", "/nickname" */
export function conflict(...paths: readonly string[]): Refusal {
  return new Refusal(
    409,
    'conflict',
    paths.map((path) => ({ path, message: 'is taken' })),
  );
}
