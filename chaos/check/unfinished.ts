import { refundId } from '../../services/ledger/refund.ts';
import type { Product } from '../../e2e/support/product.ts';
import type { Row } from '../../shared/database.ts';
import { bytesToUuid } from '../../shared/ids.ts';
import type { History, RequestKind } from '../history.ts';
import { eachRow } from './pages.ts';

/**
 * Which confirmed requests have not had their effect yet, in words, and what each room must show to everybody, by room.
 * Reads ids only: it is asked again and again.
 */
export async function unfinished(
  product: Pick<Product, 'rooms' | 'ledger'>,
  history: History,
): Promise<{ moving: string[]; shown: Map<string, string[]> }> {
  const booked = new Set<string>();
  await eachRow<Row & { id: Buffer }>(product.ledger, { columns: 'id', table: 'transfers', key: 'id' }, ({ id }) =>
    booked.add(bytesToUuid(id)),
  );
  const shown = new Map<string, string[]>();
  const show = (room: string, id: string) => {
    const known = shown.get(room);
    if (known) known.push(id);
    else shown.set(room, [id]);
  };
  const ended = new Set<string>();
  const returned = new Set<string>();
  let commentsDue = 0;
  type Columns = { owner_id: Buffer; status: string; has_message: number };
  await eachRow<Row & { id: Buffer } & Columns>(
    product.rooms,
    { columns: 'id, owner_id, status, has_message', table: 'donations', key: 'id' },
    ({ id: bytes, owner_id, status, has_message }) => {
      const id = bytesToUuid(bytes);
      if (status !== 'pending') ended.add(id);
      if (status === 'refunded') returned.add(refundId(id));
      if (status !== 'settled' && status !== 'refunded') return;
      show(bytesToUuid(owner_id), id);
      commentsDue += has_message;
    },
  );
  const said = new Set<string>();
  let comments = 0;
  await eachRow<Row & Record<'id' | 'owner_id', Buffer> & { is_public: number; is_comment: number }>(
    product.rooms,
    { columns: 'id, owner_id, is_public, donate_id IS NOT NULL AS is_comment', table: 'messages', key: 'id' },
    ({ id, owner_id, is_public, is_comment }) => {
      said.add(bytesToUuid(id));
      if (is_public === 1) show(bytesToUuid(owner_id), bytesToUuid(id));
      comments += Number(is_comment);
    },
  );
  const goals = new Set<string>();
  await eachRow<Row & { position: string; id: Buffer }>(
    product.rooms,
    { columns: 'position, id', table: 'goals', key: 'position' },
    ({ id }) => goals.add(bytesToUuid(id)),
  );
  const without = (kind: RequestKind, there: ReadonlySet<string>) =>
    history.requests.filter((request) => request.kind === kind && request.id !== null && !there.has(request.id)).length;
  const counts: readonly (readonly [number, string])[] = [
    [without('donation', booked), 'confirmed donations are not booked'],
    [without('donation', ended), 'confirmed donations have no end in the rooms'],
    [without('deposit', booked), 'confirmed deposits are not booked'],
    [without('refund', returned), 'confirmed refunds have not reached the rooms'],
    [without('message', said), 'confirmed messages are not saved'],
    [without('goal', goals), 'confirmed goals are not set'],
    [commentsDue - comments, 'comments are not saved'],
  ];
  return { moving: counts.filter(([number]) => number > 0).map(([number, what]) => `${number} ${what}`), shown };
}
