import type { Payload } from '../events/catalogue.ts';
import { freshId } from '../ids.ts';

/** Valid payloads for tests; what matters to a test is given, the rest is made up. */
export function exampleMessage(given: Partial<Payload<'AddNewMessage'>> = {}): Payload<'AddNewMessage'> {
  return {
    message_id: freshId(),
    owner_id: freshId(),
    from: { uuid: freshId(), type: 'client', name: 'Vera' },
    value: 'Hello',
    is_public: true,
    created_at: new Date().toISOString(),
    ...given,
  };
}

export function exampleDonation(given: Partial<Payload<'AddNewDonate'>> = {}): Payload<'AddNewDonate'> {
  return {
    donate_id: freshId(),
    owner_id: freshId(),
    from: { uuid: freshId(), type: 'client', name: 'Vera' },
    sum: '15.50',
    currency: 'USD',
    created_at: new Date().toISOString(),
    owner_vouched: true,
    ...given,
  };
}

export function exampleRoom(given: Partial<Payload<'AddNewRoom'>> = {}): Payload<'AddNewRoom'> {
  return { owner: { uuid: freshId(), type: 'user', name: 'Mia' }, created_at: new Date().toISOString(), ...given };
}
