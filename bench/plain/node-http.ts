/** The least that a Node server can do for the two posts: node:http, our own verifier, ajv; no broker. */
import { publish } from './chat-body.ts';
import { servePosts } from './post-server.ts';

servePosts(publish);
