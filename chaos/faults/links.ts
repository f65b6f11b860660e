import { header } from '../../shared/event.ts';
import type { Fault, Stand } from '../fault.ts';
import type { Toxic } from '../proxy.ts';
import { halfOpen } from './half-open.ts';
import { endsOf, recordsFrom, repeatsIn } from './records.ts';
import { sumOfMetric, untilShownAgain } from './servers.ts';
import { linksOf, spoilt } from './spoiling.ts';

/** Faults of the ways between processes and servers, clients included. */

/** `ce_source` of what the ingress publishes. */
const FROM_INGRESS = '/ingress';
const LOSING_MS = 30_000;
const SETTLED_MS = 3_000;
const BACK_LIMIT_MS = 60_000;

/** The broker has written, and its word of it is cut on the way: whoever asked asks again, under the same key. */
async function loseAcknowledgements(stand: Stand): Promise<void> {
  stand.load.repeats = false;
  try {
    await stand.pause(SETTLED_MS);
    const topics = ['rooms', 'donations'] as const;
    const before = new Map(
      await Promise.all(topics.map(async (topic) => [topic, await endsOf(stand, topic)] as const)),
    );
    const from = stand.load.requests.length;
    await cutAnswers(stand, 'kafka-ingress', 1_500);
    await expectShown(stand, '15', 'the acknowledgements came again');
    let twice = 0;
    for (const topic of topics) {
      const records = await recordsFrom(stand, topic, before.get(topic));
      twice += repeatsIn(records.filter(({ headers }) => headers[header.source] === FROM_INGRESS));
    }
    const asked = stand.load.requests.slice(from);
    const again = asked.filter(({ answers }) => answers.has(503) || answers.has(0)).length;
    stand.say(`  ${again} of ${asked.length} requests were sent again, ${twice} records are in the log twice`);
    if (twice === 0) stand.violated('row 15: no record was written twice, so that nothing was shown');
  } finally {
    stand.load.repeats = true;
  }
}

/** COMMIT is done, and its answer lost: the slice is run again, and finds its rows. */
async function loseCommits(stand: Stand): Promise<void> {
  const workers = stand.processes('save', 'transfer-money', 'sponsor', 'goal');
  stand.load.repeats = false;
  try {
    await stand.pause(SETTLED_MS);
    const before = await sumOfMetric(workers, 'outcome="duplicate"');
    await cutAnswers(stand, 'mysql', 4_000);
    await expectShown(stand, '22', 'the answers of MySQL came again');
    const found = (await sumOfMetric(workers, 'outcome="duplicate"')) - before;
    stand.say(`  ${found} events had had their effect already when they were handled again`);
    if (found <= 0) stand.violated('row 22: no effect was met again, so that no COMMIT had lost its answer');
  } finally {
    stand.load.repeats = true;
  }
}

/** What the server answers on this link ends after a few bytes more, at random, again and again. */
async function cutAnswers(stand: Stand, name: string, mostBytes: number): Promise<void> {
  const link = linksOf(stand).link(name);
  const until = performance.now() + LOSING_MS;
  const { back } = stand.injected(`answers on ${name} cut`);
  for (let cut = 0; performance.now() < until; cut++) {
    const bytes = 1 + stand.random.below(mostBytes);
    const toxic: Toxic =
      cut % 3 === 2
        ? { type: 'reset_peer', stream: 'downstream', attributes: { timeout: stand.random.below(50) } }
        : { type: 'limit_data', stream: 'downstream', attributes: { bytes } };
    await spoilt(link, toxic, () => stand.pause(150 + stand.random.below(350)));
    await stand.pause(200 + stand.random.below(1_000));
  }
  back();
}

const SPOILT_MS = 30_000;
const RESETS_EVERY_MS = 1_000;
const LATENCY: Toxic = { type: 'latency', stream: 'downstream', attributes: { latency: 200, jitter: 100 } };
const RESETS: Toxic = { type: 'reset_peer', stream: 'downstream', toxicity: 0.01, attributes: { timeout: 0 } };

/** A bad network everywhere: slow, uneven, and each second a hundredth of all connections are reset. */
async function spoilAll(stand: Stand): Promise<void> {
  const { links } = linksOf(stand);
  const { back } = stand.injected('200 ± 100 ms and 1 % of resets on all links');
  const until = performance.now() + SPOILT_MS;
  const heals = await Promise.all(links.map((link) => link.spoil(LATENCY)));
  try {
    while (performance.now() < until) {
      const ends = await Promise.all(links.map((link) => link.spoil(RESETS)));
      await stand.pause(RESETS_EVERY_MS).finally(() => Promise.all(ends.map((end) => end())));
    }
  } finally {
    await Promise.all(heals.map((heal) => heal()));
    back();
  }
  await expectShown(stand, '41', 'the network was good again');
}

const CUT_MS = 5_000;
const BETWEEN_CUTS_MS = 3_000;

/** Each link on its own is away for five seconds, and recovered from before the next. */
async function cutEach(stand: Stand): Promise<void> {
  for (const link of linksOf(stand).links) {
    const { back } = stand.injected(`cut ${link.name}`);
    await link.cut();
    try {
      await stand.pause(CUT_MS);
    } finally {
      await link.mend();
      back();
    }
    await expectShown(stand, '41b', `${link.name} was mended`);
    await stand.pause(BETWEEN_CUTS_MS);
  }
}

async function expectShown(stand: Stand, row: string, since: string): Promise<void> {
  if (await untilShownAgain(stand, performance.now(), BACK_LIMIT_MS)) return;
  stand.violated(`row ${row}: nothing was shown ${BACK_LIMIT_MS / 1_000} s after ${since}`);
}

const fault = (row: string, name: string, title: string, seconds: number, inject: Fault['inject']): Fault => ({
  ...{ row, name, title, needs: ['proxy'], seconds, inject },
});

export const linkFaults: readonly Fault[] = [
  fault(
    '15',
    'lose-acks',
    "The broker's acknowledgements are lost on their way to the ingress",
    45,
    loseAcknowledgements,
  ),
  fault('22', 'lose-commits', "MySQL's answers are lost, those to COMMIT among them", 45, loseCommits),
  fault('38', 'half-open', 'Sockets through which nothing comes any more, in either direction', 130, halfOpen),
  fault('41', 'bad-network', '200 ± 100 ms and 1 % of resets on all links', 40, spoilAll),
  fault('41b', 'cut-links', 'Each link cut for 5 s, one after the other', 150, cutEach),
];
