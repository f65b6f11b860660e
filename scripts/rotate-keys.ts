/** `npm run rotate-keys`: has the auth context make the next key that access tokens are signed with. */
import { EnvironmentReader } from '../shared/environment.ts';
import { rpcClient } from '../shared/rpc.ts';
import { requireNode } from '../shared/shutdown.ts';
import { variablesFor } from './start/running.ts';
import { takeNoOptions } from './usage.ts';

const USAGE = `usage: npm run rotate-keys

Makes the next key that access tokens are signed with. It is published at once and signs five minutes later; the key
before it is published until its last token has ended, so that nobody is logged out. By itself this happens every 30
days. It has no options, and reads
AUTH_ADDRESS or asks the "npm start" that runs here.
`;

interface KeysQuestion {
  rotateKey(request: object): Promise<{ kid: string; signs_from: string }>;
}

requireNode();
takeNoOptions(USAGE);
const variables = await variablesFor('AUTH_ADDRESS', process.env);
if (!variables) {
  process.stderr.write('AUTH_ADDRESS is not set, and no "npm start" that could be asked runs here.\n');
  process.exit(3);
}
const address = new EnvironmentReader(variables).text('AUTH_ADDRESS');
const auth = rpcClient<KeysQuestion>(new URL('../services/auth/service.proto', import.meta.url), address);
try {
  const { kid, signs_from } = await auth.rotateKey({});
  process.stdout.write(`The key ${kid} is published, and signs from ${signs_from} on.\n`);
} catch (error) {
  process.stderr.write(`${address}: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  auth.close();
}
