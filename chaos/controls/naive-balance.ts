import type { Control } from './control.ts';

/** Read, add, write back: of two that read the same balance, the second overwrites what the first has done. */
export const naiveBalance: Control = {
  name: 'naive-balance',
  mistake: 'balances are read without a lock and written back as computed',
  invariants: ['I2', 'I3'],
  provokedBy: 'load',
  faults: 'none: parallel donations of one donor to several rooms',
  edits: [
    {
      file: 'services/ledger/tables/accounts.ts',
      find: 'FROM accounts FORCE INDEX (PRIMARY) WHERE id IN (?) ORDER BY id FOR UPDATE`',
      replace: 'FROM accounts FORCE INDEX (PRIMARY) WHERE id IN (?) ORDER BY id`',
    },
  ],
};
