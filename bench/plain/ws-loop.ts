/** The room as a tutorial writes it: ws, and for each event a JSON.stringify and a send for each viewer. */
import { WebSocketServer } from 'ws';
import { ports, serveFeed } from './feed.mjs';

const { viewers, feed } = ports();
const server = new WebSocketServer({ host: '127.0.0.1', port: viewers, perMessageDeflate: false });
serveFeed(feed, (line) => {
  const event: unknown = JSON.parse(line);
  for (const viewer of server.clients) viewer.send(JSON.stringify(event));
});
