import type { Control } from './control.ts';

const SLICE = 'workers/runtime/slice.ts';

/** The rows that say "known" follow in a transaction of their own; whoever dies in between does it all again. */
export const inboxAfterCommit: Control = {
  name: 'inbox-after-commit',
  mistake: 'balances move in one transaction; transfers, postings and outbox follow in a second one',
  invariants: ['I3'],
  provokedBy: 'crash-after-commit',
  faults: 'SIGKILL between the two: CRASH_AT=after-commit:0.2:TransferMoney on transfer-money',
  edits: [
    {
      file: SLICE,
      find: `  const { handled, emitted } = await context.database.transaction((tx) => applyAll(context, tx, events));
  pass('after-commit');
`,
      replace: `  const { handled, emitted, marks } = await context.database.transaction((tx) => applyAll(context, tx, events));
  pass('after-commit');
  await context.database.transaction(async (tx) => {
    for (const [sql, parameters] of marks) await tx.change(sql, parameters);
  });
`,
    },
    {
      file: SLICE,
      find: 'async function applyAll(context: SliceContext, tx: Transaction, events: readonly Received[]) {\n',
      replace: `type Mark = Parameters<Transaction['change']>;

function marksLater(context: SliceContext, tx: Transaction, marks: Mark[]): Transaction {
  return {
    select: (sql, parameters) => tx.select(sql, parameters),
    async change(...mark) {
      const isMark = context.group === 'transfer-money' && /^INSERT INTO (transfers|postings|outbox) /.test(mark[0]);
      if (!isMark) return tx.change(...mark);
      marks.push(mark);
      return { affectedRows: 0 };
    },
  };
}

async function applyAll(context: SliceContext, whole: Transaction, events: readonly Received[]) {
  const marks: Mark[] = [];
  const tx = marksLater(context, whole, marks);
`,
    },
    {
      file: SLICE,
      find: '  return { handled, emitted: emissions.length };\n',
      replace: '  return { handled, emitted: emissions.length, marks };\n',
    },
  ],
};
