/** The least that a Node server can do for the two posts: node:http, our own verifier, ajv; no broker. */
import { randomUUID } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import { createVerifier } from '../../shared/jwt.ts';
import { isDonation, isMessage, publish } from './chat-body.ts';
import { ports, ready } from './feed.ts';

const secret = process.env['JWT_SECRET'] ?? '';
const verifier = createVerifier({
  ...{ secret, publicKey: null, jwks: null, issuer: null, audience: null, now: Date.now },
});

function answer(response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

async function accept(url: string, authorization: string, text: string, response: ServerResponse): Promise<void> {
  try {
    const { caller } = await verifier.verify(authorization.slice('Bearer '.length));
    const body: unknown = JSON.parse(text);
    if (!(url === '/chat/message/add' ? isMessage(body) : isDonation(body))) {
      return answer(response, 400, { success: 'false', message: 'bad params' });
    }
    const id = randomUUID();
    await publish({ id, url, caller, body });
    answer(response, 201, { success: 'ok', id });
  } catch {
    answer(response, 401, { success: 'false', message: 'anauthorized' });
  }
}

createServer((request, response) => {
  let text = '';
  request.setEncoding('utf8');
  request.on('data', (chunk: string) => (text += chunk));
  request.on('end', () => void accept(request.url ?? '', request.headers.authorization ?? '', text, response));
}).listen(ports().viewers, '127.0.0.1', ready);
