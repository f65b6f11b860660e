import type { Control } from './control.ts';

const CONSUMER = 'shared/kafka-consumer.ts';

/** At most once, as consumers do that commit what they have fetched: what a dead one held is never handled. */
export const offsetBeforeEffect: Control = {
  name: 'offset-before-effect',
  mistake: 'the offset of a batch is committed before its records are handled',
  invariants: ['I1', 'I12'],
  provokedBy: 'kills',
  faults: 'SIGKILL of workers at work; surest by CRASH_AT=before-dedup:0.2:TransferMoney on transfer-money',
  edits: [
    {
      file: CONSUMER,
      find: '        commits.from(payload);\n',
      replace: `        commits.from(payload);
        payload.resolveOffset(payload.batch.lastOffset());
        await commits.now();
`,
    },
    {
      file: CONSUMER,
      find: '      payload.resolveOffset(String(offset));\n      commits.count++;\n',
      replace: '      if (offset >= 0n) commits.count++;\n',
    },
  ],
};
