import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { header } from '../shared/event.ts';
import { connectKafka } from '../shared/kafka-client.ts';
import { createLogger } from '../shared/logger.ts';
import { launchBrowser, openPage } from './support/browser.ts';
import { type Product, startProduct } from './support/product.ts';
import { until } from './support/until.ts';
import type { Visitor } from './support/visitor.ts';

/** What an operator sees of a record that no process can read, and what they can do about it. */
const SCREENSHOTS = new URL('./screenshots/', import.meta.url).pathname;
let product: Product;
let browser: Browser;

beforeAll(async () => {
  mkdirSync(SCREENSHOTS, { recursive: true });
  [product, browser] = await Promise.all([startProduct(), launchBrowser()]);
}, 180_000);
afterAll(async () => {
  await browser?.close();
  await product?.stop();
}, 180_000);

interface Letter {
  readonly group: string;
  readonly event_id: string;
  readonly reason: string;
  readonly retried_at: string | null;
}

const operator = () => product.visitor({ scope: 'ops' });

async function letters(): Promise<readonly Letter[]> {
  return (await operator().get('/ops/dead-letters')).body['dead_letters'] as Letter[];
}

/** An AddNewDonate that says so, and whose value is no JSON. */
async function putPoison(owner: string): Promise<string> {
  const id = randomUUID();
  const { namespace } = product;
  const kafka = connectKafka({
    brokers: (process.env['KAFKA_BROKERS'] ?? '').split(','),
    clientId: 'operator-test',
    namespace,
    log: createLogger('operator-test', 'silent'),
  });
  const producer = await kafka.producer();
  const headers = {
    [header.id]: id,
    [header.type]: 'AddNewDonate',
    [header.schema]: 'urn:rostra:event:AddNewDonate:1',
    [header.time]: new Date().toISOString(),
  };
  await producer.send([{ topic: 'donations', key: owner, value: '{"sum": 15.5,', headers }]);
  await producer.close();
  await kafka.close();
  return id;
}

/** A streamer whose room is known, so that others may write in it from now on. */
async function openRoom(): Promise<Visitor> {
  const owner = product.visitor({ type: 'user', name: 'Ada' });
  await owner.post('/room', { name: 'Ada live' });
  const guest = product.visitor();
  await until('the room is open', async () => (await guest.get(`/chat/goal?owner_id=${owner.sub}`)).status === 200);
  return owner;
}

function openOps(token: string, width = 1280, colorScheme: 'light' | 'dark' = 'light'): Promise<Page> {
  return openPage(browser, `${product.httpUrl}/ops#token=${token}`, { viewport: { width, height: 900 }, colorScheme });
}

const headline = (page: Page, words: string | RegExp) => page.getByRole('heading', { name: words }).waitFor();

test('a record that nobody can read is named in the headline, is retried by a button, and comes back with its reason', async () => {
  const { token } = operator();
  const page = await openOps(token);
  await headline(page, 'All is well');
  expect(new URL(page.url()).hash).toBe('');

  const owner = randomUUID();
  const id = await putPoison(owner);
  const found = await until('both groups set the record aside', async () => {
    const own = (await letters()).filter((letter) => letter.event_id === id);
    return own.length === 2 ? own : null;
  });
  expect(found.map(({ group }) => group).sort()).toEqual(['save', 'transfer-money']);
  const reason = found[0]?.reason ?? '';
  expect(reason).not.toBe('');

  await headline(page, '2 records were set aside');
  const row = page.getByRole('row').filter({ hasText: 'transfer-money' }).filter({ hasText: id });
  await row.getByText(reason).waitFor();
  await photograph(page, 'ops');
  await photograph(await openOps(token, 390), 'ops-phone');

  await row.getByRole('button', { name: /retry/i }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('for the group transfer-money alone').waitFor();
  await page.screenshot({ path: `${SCREENSHOTS}ops-retry.png` });
  await dialog.getByRole('button', { name: 'Retry now' }).click();
  const answer = page.getByText(/Given back to|Not known|no such record/);
  await answer.waitFor({ timeout: 50_000 });
  expect(await answer.textContent()).toMatch(/^Given back to transfer-money at/);
  const again = await until('the same group sets it aside again, and no other', async () => {
    const own = (await letters()).filter((letter) => letter.event_id === id);
    return own.length === 3 ? own : null;
  });
  expect(again.filter(({ group }) => group === 'transfer-money')).toHaveLength(2);
  expect(again.filter(({ retried_at }) => retried_at !== null)).toHaveLength(1);
  await until('the page shows both', async () => (await page.getByRole('row').filter({ hasText: id }).count()) === 3);
}, 150_000);

test('a group whose process is down is named with what that means to people, and is well again once it is back', async () => {
  const [victim] = product.fleet.processes.filter(({ name }) => name === 'transfer-money');
  const owner = await openRoom();
  const donor = product.visitor({ name: 'Finn' });
  await product.deposit(donor, '100.00');
  await victim?.kill('SIGSTOP');
  try {
    const donate = () => donor.post('/chat/donate/add', { sum: '0.10', owner_id: owner.sub });
    for (let count = 0; count < 12; count += 1) await Promise.all(Array.from({ length: 10 }, donate));
    const page = await openOps(operator().token, 1280, 'dark');
    await headline(page, /^transfer-money is 120 records behind/);
    await page.getByText('nothing is charged until it catches up').first().waitFor();
    await donate();
    await headline(page, /^transfer-money is 121 records behind and growing/);
    await photograph(page, 'ops-behind-dark');
    await photograph(await openOps(operator().token, 390, 'dark'), 'ops-behind-phone-dark');
    await victim?.kill('SIGCONT');
    await headline(page, /set aside|All is well/);
  } finally {
    await victim?.kill('SIGCONT');
  }
}, 180_000);

test('the events of a room are listed without the words of what is private', async () => {
  const owner = await openRoom();
  const viewer = product.visitor({ name: 'Finn' });
  await viewer.post('/chat/message/add', { message: 'Good evening all', is_public: true, owner_id: owner.sub });
  await viewer.post('/chat/message/add', { message: 'My secret', is_public: false, owner_id: owner.sub });
  await until('both are in the history', async () => {
    const { body } = await owner.get(`/chat/event/history?owner_id=${owner.sub}`);
    return (body['events'] as unknown[]).length === 2;
  });
  const page = await openOps(operator().token);
  await page.getByLabel('Room, by its streamer’s id').fill(owner.sub);
  await page.keyboard.press('Enter');
  await page.getByText('Finn: Good evening all').waitFor();
  await page.getByText('Finn wrote in private').waitFor();
  expect(await page.content()).not.toContain('My secret');
  await photograph(page, 'ops-room');
}, 180_000);

test('who may not operate is told so in words, and can sign in on the spot', async () => {
  const page = await openOps(product.visitor().token, 390);
  await headline(page, 'No status: this token lacks the scope ops');
  await page.screenshot({ path: `${SCREENSHOTS}ops-refused.png` });
  await page.getByLabel(/token with the scope/i).fill(product.visitor({ scope: 'ops', expiresIn: -10 }).token);
  await page.getByRole('button', { name: 'Show how it is' }).click();
  await headline(page, 'No status: this token isn’t accepted');
  await page.getByLabel(/token with the scope/i).fill(operator().token);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await headline(page, /set aside|All is well/);
}, 180_000);

async function photograph(page: Page, name: string): Promise<void> {
  await page.getByRole('heading', { name: 'Dead letters' }).waitFor();
  await page.screenshot({ path: `${SCREENSHOTS}${name}.png`, fullPage: true });
}
