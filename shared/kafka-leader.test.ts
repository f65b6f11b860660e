import { expect, test } from '@jest/globals';
import { withLeader } from './kafka-leader.ts';

/** Fails with each of these in turn, then answers. */
function failing(...errors: Error[]): () => Promise<string> {
  return async () => {
    await Promise.resolve();
    const error = errors.shift();
    if (error) throw error;
    return 'known';
  };
}

test('what a broker does not know yet is asked for again', async () => {
  const unled = Object.assign(new Error('no leader'), { type: 'LEADER_NOT_AVAILABLE' });
  await expect(withLeader(failing(unled, new TypeError('of undefined')))).resolves.toBe('known');
});

test('what a broker refuses is told at once', async () => {
  const refused = Object.assign(new Error('no'), { type: 'TOPIC_AUTHORIZATION_FAILED' });
  await expect(withLeader(failing(refused))).rejects.toBe(refused);
});
