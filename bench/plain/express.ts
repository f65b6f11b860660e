/** The two posts by Express, published to nobody. */
import { publishNowhere } from './chat-body.ts';
import { servePostsByExpress } from './express-server.ts';

servePostsByExpress(publishNowhere);
