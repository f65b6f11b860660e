/** `node workers/main.ts <group>…`: runs one consumer group, or several in one process. */
import { loadOrExit } from '../shared/environment.ts';
import { createLogger } from '../shared/logger.ts';
import { exitOnCrash, onShutdown, requireNode } from '../shared/shutdown.ts';
import { readWorkersEnvironment } from './env.ts';
import { startWorkers } from './workers.ts';

requireNode();
const environment = loadOrExit((source) => readWorkersEnvironment(source, process.argv.slice(2)));
const log = createLogger(environment.groups.join('+'), environment.logLevel);
exitOnCrash(log);
const workers = await startWorkers(environment, log, (error) => {
  log.fatal({ err: error }, 'ending, so that the supervisor starts afresh');
  process.exit(1);
});
onShutdown(log, () => workers.close());
