// uWebSockets.js: subscribe and publish, no compression. Needs the Node that its binary was built for (20).
import uWS from '@trufflesuite/uws-js-unofficial';
import { ports, serveFeed } from '../plain/feed.mjs';

const { viewers, feed } = ports();
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
  serveFeed(feed, (line) => app.publish('room', line, false));
});
