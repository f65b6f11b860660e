/** `npm run stack [directory]`: Kafka, MySQL with a replica and Redis for work on the product, until Ctrl-C. */
import { resolve } from 'node:path';
import { onEnd } from './endings.ts';
import { startStack } from './stack/stack.ts';

const directory = resolve(import.meta.dirname, '..', process.argv[2] ?? '.stack/dev');
const stack = await startStack({ directory, log: (line) => console.error(line) });
for (const [name, value] of Object.entries(stack.env)) console.log(`export ${name}='${value}'`);
console.error('Ctrl-C stops it.');

// Nothing else keeps this process alive: the servers are processes of their own.
const alive = setInterval(() => undefined, 2 ** 30);
onEnd(() => {
  clearInterval(alive);
  void stack.stop().then(() => process.exit(0));
});
