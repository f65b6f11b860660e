import { expect, test } from '@jest/globals';
import { unanswered } from './kafka-producer.ts';

const [one, two, three] = [{ value: '1' }, { value: '2' }, { value: '3' }];
const partitions = new Map([
  [one, 0],
  [two, 1],
  [three, 1],
]);
const sent = [
  { topic: 'a', messages: [one, two] },
  { topic: 'b', messages: [three] },
];

test('an answer that names every partition leaves nothing', () => {
  const answered = [
    { topicName: 'a', partition: 0 },
    { topicName: 'a', partition: 1 },
    { topicName: 'b', partition: 1 },
  ];
  expect(unanswered(sent, answered, partitions)).toEqual([]);
});

test('what went to a partition that the answer does not name is left, in its order', () => {
  expect(unanswered(sent, [{ topicName: 'a', partition: 1 }], partitions)).toEqual([
    { topic: 'a', messages: [one] },
    { topic: 'b', messages: [three] },
  ]);
});

test('a message for which no partition was ever chosen has not been sent', () => {
  expect(
    unanswered([{ topic: 'a', messages: [{ value: '4' }] }], [{ topicName: 'a', partition: 0 }], partitions),
  ).toEqual([{ topic: 'a', messages: [{ value: '4' }] }]);
});
