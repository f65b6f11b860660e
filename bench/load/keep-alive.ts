import { connect, type Socket } from 'node:net';

/** One keep-alive connection that carries a request at a time. */
export interface KeptConnection {
  /** Sends a whole request as it goes over the wire; the answer comes by `answered`. */
  send(request: string): void;
  end(): void;
}

export interface KeptEvents {
  /** Called once the connection stands. */
  ready(): void;
  /** @param text the whole answer */
  answered(status: number, text: string): void;
  /** The connection is of no more use. */
  failed(why: string): void;
}

const HEADERS_END = '\r\n\r\n';

/** Bare TCP and as little reading as will do, so that a load generator costs less than what it loads. */
export function keepConnection(port: number, { ready, answered, failed }: KeptEvents): KeptConnection {
  const socket: Socket = connect({ host: '127.0.0.1', port, noDelay: true });
  let pending = '';
  socket.once('connect', ready);
  socket.on('data', (chunk) => {
    pending += chunk.toString('latin1');
    const end = answerEnd(pending);
    if (end === null) return void socket.destroy(new Error(`an answer without a length: ${pending.slice(0, 200)}`));
    if (end < 0 || pending.length < end) return;
    const status = Number(pending.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length));
    const text = pending.slice(0, end);
    pending = pending.slice(end);
    answered(status, text);
  });
  socket.on('error', (error) => failed(error.message));
  socket.on('end', () => failed('the server closed a connection'));
  return { send: (request) => void socket.write(request), end: () => void socket.destroy() };
}

/** Where an answer ends; -1 while its headers are not all there, null where it does not say how long it is. */
function answerEnd(text: string): number | null {
  const headers = text.indexOf(HEADERS_END);
  if (headers < 0) return -1;
  const length = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, headers));
  return length ? headers + HEADERS_END.length + Number(length[1]) : null;
}
