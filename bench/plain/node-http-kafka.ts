/**
 * The least that a Node server can do for the two posts where they must last: node:http, our own verifier, ajv, and
 * kafkajs as it comes, with posts that leave together.
 */
import { batched } from './batched.ts';
import { servePosts } from './post-server.ts';
import { connectProducer } from './producer.ts';

servePosts(batched(await connectProducer()));
