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

/** Where a real server would hand the event to the broker; these peers pay nothing for it. */
export async function publish(_event: object): Promise<void> {}
