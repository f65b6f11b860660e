// socket.io: one room, WebSockets only, everything else at its defaults but for the pings, which are too rare to matter.
import { createServer } from 'node:http';
import { Server } from 'socket.io';
import { ports, serveFeed } from '../plain/feed.mjs';

const { viewers, feed } = ports();
const http = createServer();
const io = new Server(http, { transports: ['websocket'], serveClient: false, pingInterval: 600_000 });
io.on('connection', (socket) => socket.join('room'));
http.listen(viewers, '127.0.0.1', () => serveFeed(feed, (line) => io.to('room').emit('event', JSON.parse(line))));
