/** The two posts by Express, published by kafkajs as the bare node:http server does it. */
import { batched } from './batched.ts';
import { servePostsByExpress } from './express-server.ts';
import { connectProducer } from './producer.ts';

servePostsByExpress(batched(await connectProducer()));
