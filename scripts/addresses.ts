/** `npm run addresses`: what the running `npm start` offers to open, printed again. */
import { requireNode } from '../shared/shutdown.ts';
import { readBlock } from './start/closing-block.ts';
import { readRunning } from './start/running.ts';

requireNode();
const running = await readRunning();
if (running) console.log(await readBlock(running));
else {
  console.error('Nothing runs here; "npm start" starts it.');
  process.exitCode = 1;
}
