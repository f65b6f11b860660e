/** The two posts by Express, published as a tutorial does it: by kafkajs, a send for each. */
import { servePostsByExpress } from './express-server.ts';
import { connectProducer } from './producer.ts';

const send = await connectProducer();
servePostsByExpress((post) => send([post]));
