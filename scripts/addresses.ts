/** `npm run addresses`: what the running `npm start` offers to open, printed again. */
import { requireNode } from '../shared/shutdown.ts';
import { readBlock } from './start/closing-block.ts';
import { readRunning } from './start/running.ts';
import { takeNoOptions } from './usage.ts';

const USAGE = `usage: npm run addresses
Prints what the "npm start" that runs here offers to open. It has no options. Exits with 0, with 1 where nothing runs
here, with 2 where an option was given.
`;

requireNode();
takeNoOptions(USAGE);
const running = await readRunning();
if (running) console.log(await readBlock(running));
else {
  console.error('Nothing runs here; "npm start" starts it.');
  process.exitCode = 1;
}
