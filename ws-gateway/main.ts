import { loadOrExit } from '../shared/environment.ts';
import { serveHealth } from '../shared/health.ts';
import { createLogger } from '../shared/logger.ts';
import { exitOnCrash, onShutdown, requireNode } from '../shared/shutdown.ts';
import { secretWeakness } from '../shared/token-keys.ts';
import { readGatewayEnvironment } from './env.ts';
import { startGateway } from './gateway.ts';

/** `node ws-gateway/main.ts`: sockets out, client frames in. */
requireNode();
const env = loadOrExit(readGatewayEnvironment);
const log = createLogger('ws-gateway', env.logLevel);
exitOnCrash(log);
const weakness = secretWeakness(env.tokenKeys.secret);
if (weakness) log.warn(weakness);

/** More than a gateway takes whatever hangs, and less than the 20 s after which its supervisor kills. */
const DRAIN_LIMIT_MS = 15_000;

const gateway = await startGateway(env, log);
const health = await serveHealth(gateway.health, env.metricsPort, log);
onShutdown(
  log,
  async () => {
    await gateway.drain();
    await health.close();
  },
  DRAIN_LIMIT_MS,
);
void gateway.failed.then((error) => {
  // Positions that clients hold would no longer be told the truth: the supervisor starts a fresh gateway.
  log.fatal({ err: error }, 'the log cannot be followed any more');
  process.exit(1);
});
