/** The two posts as a tutorial writes them: Express 5, express.json, jsonwebtoken with a KeyObject, ajv; no broker. */
import { createSecretKey, randomUUID } from 'node:crypto';
import express, { type RequestHandler } from 'express';
import jwt from 'jsonwebtoken';
import type { ValidateFunction } from 'ajv';
import { isDonation, isMessage, publish } from './chat-body.ts';
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
  (name: string, isValid: ValidateFunction): RequestHandler =>
  async (request, response) => {
    const body: unknown = request.body;
    if (!isValid(body)) {
      response.status(400).json({ success: 'false', message: 'bad params' });
      return;
    }
    const id = randomUUID();
    await publish({ id, name, caller: response.locals['caller'] as unknown, body });
    response.status(201).json({ success: 'ok', id });
  };

const app = express();
app.use(express.json());
app.post('/chat/message/add', authenticate, accept('AddNewMessage', isMessage));
app.post('/chat/donate/add', authenticate, accept('AddNewDonate', isDonation));
app.listen(ports().viewers, '127.0.0.1', ready);
