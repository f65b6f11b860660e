// socket.io: one room, WebSockets only, everything else at its defaults but for the pings, which are too rare to matter.
import { createServer as createFeed } from 'node:net';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { Server } from 'socket.io';

const [viewers, feed] = process.argv.slice(-2).map(Number);
const http = createServer();
const io = new Server(http, { transports: ['websocket'], serveClient: false, pingInterval: 600_000 });
io.on('connection', (socket) => socket.join('room'));
http.listen(viewers, '127.0.0.1', () => {
  createFeed((socket) =>
    createInterface({ input: socket }).on('line', (line) => io.to('room').emit('event', JSON.parse(line))),
  ).listen(feed, '127.0.0.1', () => {
    process.stdin.on('end', () => process.exit(0)).resume();
    console.log('ready');
  });
});
