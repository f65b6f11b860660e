/** The least that a Node server can do for the two posts: node:http, our own verifier, ajv; no broker. */
import { publishNowhere } from './chat-body.ts';
import { servePosts } from './post-server.ts';

servePosts(publishNowhere);
