import { randomUUID } from 'node:crypto';
import type { Producer } from 'kafkajs';
import type { Stand } from '../fault.ts';
import { nameOnBroker } from './broker-admin.ts';
import { sumOfMetric } from './servers.ts';

const NOTICED_LIMIT_MS = 10_000;
const UNREADABLE = 'rostra_ws_frames_out_total{result="unreadable"}';

/**
 * Records of `ws.out` that are no frames: each gateway leaves them out, says so, and goes on. No group hears this topic,
 * so that nothing is set aside.
 */
export async function poisonFrames(stand: Stand, producer: Producer): Promise<void> {
  const gateways = stand.processes('ws-gateway');
  const before = await sumOfMetric(gateways, UNREADABLE);
  const uuid = randomUUID();
  const headers = { id: randomUUID(), topic: `person:${uuid}`, type: 'message', is_public: 'false', subjects: uuid };
  const messages = [
    { key: uuid, value: null, headers },
    { key: uuid, value: '', headers },
    { key: uuid, value: '[]', headers },
    { key: uuid, value: '{}' },
    { key: uuid, value: Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), headers },
    { key: uuid, value: '{}', headers: { ...headers, is_public: 'perhaps' } },
  ];
  stand.injected('poison: no frames in ws.out');
  await producer.send({ topic: nameOnBroker(stand, 'ws.out'), acks: -1, messages });
  const expected = messages.length * gateways.length;
  const until = performance.now() + NOTICED_LIMIT_MS;
  let noticed = 0;
  do {
    await stand.pause(200);
    noticed = (await sumOfMetric(gateways, UNREADABLE)) - before;
  } while (noticed < expected && performance.now() < until);
  if (noticed !== expected)
    stand.violated(
      `row 32: ${gateways.length} gateways left out ${noticed} records that were no frames, not ${expected}`,
    );
}
