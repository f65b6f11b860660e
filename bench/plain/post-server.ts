import { randomUUID } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import { createVerifier } from '../../shared/jwt.ts';
import { isDonation, isMessage, type Publish } from './chat-body.ts';
import { ports, ready } from './feed.mjs';

const secret = process.env['JWT_SECRET'] ?? '';
const verifier = createVerifier({
  ...{ secret, publicKey: null, jwks: null, issuer: null, audience: null, own: null, now: Date.now },
});

/** The two posts on bare node:http with our own verifier and ajv: answers 201 once `publish` has resolved. */
export function servePosts(publish: Publish): void {
  createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => (text += chunk));
    request.on('end', () => {
      void accept(request.url ?? '', request.headers.authorization ?? '', text, response, publish);
    });
  }).listen(ports().viewers, '127.0.0.1', ready);
}

async function accept(
  url: string,
  authorization: string,
  text: string,
  response: ServerResponse,
  publish: Publish,
): Promise<void> {
  try {
    const { caller } = await verifier.verify(authorization.slice('Bearer '.length));
    const body: unknown = JSON.parse(text);
    const name = url === '/chat/message/add' ? 'AddNewMessage' : 'AddNewDonate';
    if (!(name === 'AddNewMessage' ? isMessage(body) : isDonation(body))) {
      return answer(response, 400, { success: 'false', message: 'bad params' });
    }
    const id = randomUUID();
    const isPublished = await publish({ id, name, caller, body }).then(
      () => true,
      () => false,
    );
    if (isPublished) answer(response, 201, { success: 'ok', id });
    else answer(response, 503, { success: 'false', message: 'unavailable' });
  } catch {
    answer(response, 401, { success: 'false', message: 'anauthorized' });
  }
}

function answer(response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}
