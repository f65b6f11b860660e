import { Ajv } from 'ajv';

/** What both posts take, as far as a plain server checks it. */
const ajv = new Ajv();
const comment = {
  type: 'object',
  properties: { message: { type: 'string', minLength: 1, maxLength: 500 }, is_public: { type: 'boolean' } },
  required: ['message', 'is_public'],
  additionalProperties: false,
};

export const isMessage = ajv.compile(comment);
export const isDonation = ajv.compile({
  type: 'object',
  properties: { sum: { type: 'number', exclusiveMinimum: 0, maximum: 1_000_000 }, message: comment },
  required: ['sum'],
  additionalProperties: false,
});

/** What a post has become. */
export interface Post {
  readonly id: string;
  readonly name: string;
  readonly caller: { readonly owner: string | null };
  readonly body: unknown;
}

/** Resolves once a post counts as taken, so that it may be answered. */
export type Publish = (post: Post) => Promise<void>;

/** Where a real server would hand the event to the broker; who uses this pays nothing for it. */
export async function publishNowhere(_post: Post): Promise<void> {}
