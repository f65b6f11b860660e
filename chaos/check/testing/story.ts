import { intentionId } from '../../../shared/ids.ts';
import type { LedgerQuestions } from '../../../services/ledger/service.ts';
import type { Request, RequestKind } from '../../history.ts';
import type { FleetInside } from './fleet.ts';

/** People by name. */
export const names = ['mia', 'eva', 'ann', 'bob', 'stranger', 'bank', 'operator'] as const;
export type Name = (typeof names)[number];
export type Story = ReturnType<typeof createStory>;

const decimal = (sum: bigint) => (Number(sum) / 100).toFixed(2);
type Person = { uuid: string; type: 'user' | 'client'; name: string };

/** Does what people ask for, and notes it as the load does. */
export function createStory(people: Readonly<Record<Name, string>>, fleet: FleetInside, money: LedgerQuestions) {
  const { requests, ids, ask } = createAsking(people);
  const person = (name: Name): Person => ({
    ...{ uuid: people[name], type: name === 'mia' || name === 'eva' ? 'user' : 'client' },
    name,
  });
  const now = () => new Date().toISOString();
  const deposit = async (key: string, to: Name, sum: bigint, isLost = false) => {
    const transfer_id = ask('deposit', key, 'bank', to, { sum, isLost });
    await money.deposit({ transfer_id, account: people[to], sum: decimal(sum), fingerprint: key });
    await fleet.relay();
  };
  const goal = async (key: string, by: Name, sum: bigint) => {
    const goal_id = ask('goal', key, by, by, { sum });
    const payload = { goal_id, owner: person(by), name: key, require_sum: decimal(sum), currency: 'USD' };
    await fleet.publish({ name: 'AddNewGoal', id: goal_id, payload: { ...payload, created_at: now() } });
  };
  type Extra = { comment?: 'public' | 'private'; isLost?: boolean };
  const donate = async (key: string, by: Name, room: Name, sum: bigint, { comment, isLost = false }: Extra = {}) => {
    const donate_id = ask('donation', key, by, room, { sum, isPrivate: comment === 'private', isLost });
    const message = { message: `comment ${key}`, is_public: comment === 'public' };
    const payload = {
      ...{ donate_id, owner_id: people[room], from: person(by), sum: decimal(sum), currency: 'USD' },
      ...{ created_at: now(), owner_vouched: true, ...(comment && { message }) },
    };
    await fleet.publish({ name: 'AddNewDonate', id: donate_id, payload });
  };
  const write = async (key: string, by: Name, room: Name, { isPrivate = false, isLost = false } = {}) => {
    const message_id = ask('message', key, by, room, { isPrivate, isLost });
    const said = { value: `message ${key}`, is_public: !isPrivate, created_at: now() };
    const payload = { message_id, owner_id: people[room], from: person(by), ...said };
    await fleet.publish({ name: 'AddNewMessage', id: message_id, payload });
  };
  const refund = async (key: string, donation: string, room: Name, isLost = false) => {
    const request_id = ask('refund', key, 'operator', room, { isLost });
    const booked = await money.refund({ request_id, donate_id: ids.get(donation) ?? '' });
    const request = requests.at(-1);
    if (request && !isLost) request.id = booked.transfer_id;
    ids.set(key, booked.transfer_id);
    await fleet.relay();
  };
  return { requests, ask, deposit, goal, donate, write, refund, id: (key: string) => ids.get(key) ?? '' };
}

const OPERATIONS: Readonly<Record<string, string>> = {
  donation: 'donation.add',
  message: 'message.add',
  deposit: 'deposit.add',
  goal: 'goal.add',
};

/** What was asked for, each with the id that its caller and key give it. */
function createAsking(people: Readonly<Record<Name, string>>) {
  const requests: Request[] = [];
  const ids = new Map<string, string>();
  const ask = (kind: RequestKind, key: string, by: Name, room: Name, more: Partial<Request> & { isLost?: boolean }) => {
    const { isLost = false, ...given } = more;
    const id = intentionId('', people[by], OPERATIONS[kind] ?? '', key);
    ids.set(key, id);
    const answers = new Map([[isLost ? 0 : 201, 1]]);
    requests.push({
      ...{ kind, key, by: people[by], room: people[room], sum: 0n, isPrivate: false, dueAtMs: 0, answers },
      ...{ id: isLost ? null : id, confirmedAtMs: 0, refused: 0, ...given },
    });
    return id;
  };
  return { requests, ids, ask };
}
