import { createSecretKey, randomUUID } from 'node:crypto';
import type { ValidateFunction } from 'ajv';
import express, { type RequestHandler } from 'express';
import jwt from 'jsonwebtoken';
import { isDonation, isMessage, type Publish } from './chat-body.ts';
import { ports, ready } from './feed.mjs';

const key = createSecretKey(Buffer.from(process.env['JWT_SECRET'] ?? ''));

const authenticate: RequestHandler = (request, response, next) => {
  try {
    const token = (request.headers.authorization ?? '').slice('Bearer '.length);
    response.locals['caller'] = jwt.verify(token, key, { algorithms: ['HS256'] });
  } catch {
    response.status(401).json({ success: 'false', message: 'anauthorized' });
    return;
  }
  next();
};

const accept =
  (name: string, isValid: ValidateFunction, publish: Publish): RequestHandler =>
  async (request, response) => {
    const body: unknown = request.body;
    if (!isValid(body)) {
      response.status(400).json({ success: 'false', message: 'bad params' });
      return;
    }
    const id = randomUUID();
    const caller = response.locals['caller'] as { readonly owner: string };
    await publish({ id, name, caller, body });
    response.status(201).json({ success: 'ok', id });
  };

/**
 * The two posts as a tutorial writes them: Express 5, express.json, jsonwebtoken with a KeyObject, and ajv. Answers 201
 * once `publish` has resolved.
 */
export function servePostsByExpress(publish: Publish): void {
  const app = express();
  app.use(express.json());
  app.post('/chat/message/add', authenticate, accept('AddNewMessage', isMessage, publish));
  app.post('/chat/donate/add', authenticate, accept('AddNewDonate', isDonation, publish));
  app.listen(ports().viewers, '127.0.0.1', ready);
}
