import type { DemoRoom } from './demo-room.ts';

/** The last lines of `npm start`: what can be opened now, and how it ends. */
export function closingBlock(ports: { port: number; wsPort: number }, demo: DemoRoom | string): string {
  const address = `http://localhost:${ports.port}`;
  const room = (token: string) => `${address}/room/${(demo as DemoRoom).owner}#token=${token}`;
  const rooms =
    typeof demo === 'string'
      ? [`  No demo room: ${demo}`]
      : ['  The room as Ada, its streamer:', `    ${room(demo.streamerToken)}`]
          .concat(['  The room as Finn, a viewer with 100.00 to give:', `    ${room(demo.viewerToken)}`])
          .concat(['  Open both side by side, and write or donate.', ''])
          .concat(['  How the product is, for its operator:', `    ${address}/ops#token=${demo.operatorToken}`]);
  return [
    '',
    '─'.repeat(72),
    'Rostra is ready.',
    '',
    ...rooms,
    '',
    `  API documents   ${address}/docs`,
    `  Events          ${address}/asyncapi.json`,
    `  Sockets         ws://localhost:${ports.wsPort}/ws`,
    `  Readiness       ${address}/readyz`,
    '',
    '  Ctrl-C stops everything; the data stays in .stack/dev for the next start.',
    '─'.repeat(72),
  ].join('\n');
}
