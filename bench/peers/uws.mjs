// uWebSockets.js: subscribe and publish, no compression. Needs the Node that its binary was built for (20).
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import uWS from '@trufflesuite/uws-js-unofficial';

const [viewers, feed] = process.argv.slice(-2).map(Number);
const app = uWS.App();
app.ws('/*', {
  compression: uWS.DISABLED,
  idleTimeout: 0,
  // Its default, 64 KiB, drops events for viewers who are behind; here every event must arrive.
  maxBackpressure: 16 * 1024 * 1024,
  open: (socket) => socket.subscribe('room'),
});
app.listen('127.0.0.1', viewers, (token) => {
  if (!token) process.exit(1);
  createServer((socket) =>
    createInterface({ input: socket }).on('line', (line) => app.publish('room', line, false)),
  ).listen(feed, '127.0.0.1', () => {
    process.stdin.on('end', () => process.exit(0)).resume();
    console.log('ready');
  });
});
