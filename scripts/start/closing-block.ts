import { secretWeakness } from '../../shared/token-keys.ts';
import { readBalance } from './demo-room.ts';
import type { Running } from './running.ts';

type Block = Pick<Running, 'port' | 'wsPort' | 'demo' | 'variables'>;

/** The block of a product that runs, with what its demo viewer can give at this moment. */
export async function readBlock(running: Block): Promise<string> {
  const { port, demo } = running;
  const hasRoom = typeof demo === 'object' && demo !== null;
  return closingBlock(running, hasRoom ? await readBalance(`http://localhost:${port}`, demo.viewerToken) : null);
}

/**
 * The last lines of `npm start`: what can be opened now, and how it ends.
 * @param balance what the viewer can give, as "57.00 USD"; null where the ledger does not say
 */
function closingBlock({ port, wsPort, demo, variables }: Block, balance: string | null): string {
  const weakness = secretWeakness(variables.JWT_SECRET ?? null);
  const address = `http://localhost:${port}`;
  return [
    '',
    '─'.repeat(72),
    'Rostra is ready.',
    '',
    ...roomLines(address, demo, balance),
    '',
    `  Accounts        ${address}/sign-in   (people, friends, rooms of their own)`,
    `  API documents   ${address}/docs`,
    `  Events          ${address}/asyncapi.json`,
    `  Sockets         ws://localhost:${wsPort}/ws`,
    `  Readiness       ${address}/readyz`,
    '',
    '  In another terminal:',
    '    npm run addresses   this again',
    '    npm run status      every process, and what each group still has to read',
    '    npm run token -- --type client --name Finn   a token of somebody else',
    '',
    ...(weakness === null ? [] : [`  Careful: ${weakness}.`, '']),
    '  Ctrl-C stops everything; the data stays in .stack/dev for the next start.',
    '─'.repeat(72),
  ].join('\n');
}

function roomLines(address: string, demo: Running['demo'], balance: string | null): string[] {
  if (demo === null) return ['  The demo room is not there yet.'];
  if (typeof demo === 'string') return [`  No demo room: ${demo}`];
  const room = (token: string) => `${address}/room/${demo.owner}#token=${token}`;
  return [
    '  The room as Ada, its streamer:',
    `    ${room(demo.streamerToken)}`,
    `  The room as Finn, a viewer${balance === null ? '' : ` with ${balance} to give`}:`,
    `    ${room(demo.viewerToken)}`,
    '  Open both side by side, and write or donate.',
    '',
    '  How the product is, for its operator:',
    `    ${address}/ops#token=${demo.operatorToken}`,
  ];
}
