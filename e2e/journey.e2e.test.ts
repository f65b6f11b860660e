import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, openPage } from './support/browser.ts';
import { type Product, startProduct } from './support/product.ts';

/** The product's main job as two people live it, in real Chromium. Screenshots are left in e2e/screenshots. */
const SCREENSHOTS = new URL('./screenshots/', import.meta.url).pathname;
const PHONE = { width: 390, height: 860 };
const DESK = { width: 1280, height: 860 };
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

async function open(owner: string, token: string, width: number): Promise<Page> {
  const url = `${product.httpUrl}/room/${owner}#token=${token}`;
  const page = await openPage(browser, url, { viewport: { width, height: 860 } });
  await page
    .getByText(/^live$/i)
    .first()
    .waitFor();
  return page;
}

test('a viewer writes and donates with a comment; the streamer sees message, donation, goal and sponsor without a reload', async () => {
  const streamer = product.visitor({ type: 'user', name: 'Ada' });
  const viewer = product.visitor({ name: 'Finn' });
  await streamer.post('/room', { name: 'Ada live' });
  await product.deposit(viewer, '100.00');
  const streamerPage = await open(streamer.sub, streamer.token, 1280);
  await streamer.post('/chat/goal/add', { name: 'New microphone', require_sum: '50.00' });
  const viewerPage = await open(streamer.sub, viewer.token, 390);

  await viewerPage
    .getByRole('textbox', { name: /message/i })
    .first()
    .fill('Hello from the front row');
  await viewerPage.keyboard.press('Enter');
  await streamerPage.getByRole('log').getByText('Hello from the front row').waitFor();

  await viewerPage.getByRole('button', { name: 'Donate' }).first().click();
  await viewerPage.getByLabel(/amount/i).fill('15.50');
  await viewerPage
    .getByLabel(/comment/i)
    .first()
    .fill('For the microphone!');
  await viewerPage
    .getByRole('button', { name: /donate/i })
    .last()
    .click();
  const log = streamerPage.getByRole('log');
  await log.getByText('15.50').first().waitFor();
  await log.getByText('For the microphone!').waitFor();
  await streamerPage.getByRole('progressbar').waitFor();
  await streamerPage
    .getByText(/15\.50.*50\.00/s)
    .first()
    .waitFor();
  await streamerPage
    .getByText(/sponsor/i)
    .first()
    .waitFor();
  await streamerPage.getByText('Finn').first().waitFor();
  await viewerPage.getByText('84.50').first().waitFor();

  await streamerPage.getByText('1 watching').waitFor();
  await streamerPage.screenshot({ path: `${SCREENSHOTS}streamer.png` });
  await viewerPage.screenshot({ path: `${SCREENSHOTS}viewer.png`, fullPage: true });
  expect((await viewer.get('/account')).body['balance']).toBe('84.50');

  await viewer.post('/chat/donate/add', { sum: '4.50', owner_id: streamer.sub });
  const sponsorTotal = (page: Page) => page.getByRole('region', { name: 'Top sponsor' }).getByText('$20.00');
  await Promise.all([sponsorTotal(streamerPage).waitFor(), sponsorTotal(viewerPage).waitFor()]);
  expect(await viewerPage.getByRole('heading', { level: 1 }).innerText()).toBe('The streamer’s room');
  await streamer.post('/chat/message/add', { message: 'Thank you!', is_public: true, owner_id: streamer.sub });
  await viewerPage.getByRole('heading', { name: 'Ada’s room' }).waitFor();
}, 180_000);

test('a donation that is turned down says why and stands in its form again, with its comment', async () => {
  const streamer = product.visitor({ type: 'user', name: 'Ada' });
  const viewer = product.visitor({ name: 'Finn' });
  await streamer.post('/room', { name: 'Ada live' });
  await product.deposit(viewer, '5.00');
  const page = await open(streamer.sub, viewer.token, 1280);
  await page.getByLabel(/amount/i).fill('20');
  await page.getByLabel('Comment, if you like').fill('For the big lamp');
  await page.getByRole('button', { name: 'Donate $20.00' }).click();
  const refusal = page.getByText('was turned down').last();
  await refusal.waitFor();
  await page.screenshot({ path: `${SCREENSHOTS}turned-down.png` });
  expect(await page.getByLabel('Comment, if you like').inputValue()).toBe('For the big lamp');
  await page.getByLabel(/amount/i).fill('5');
  await page.getByRole('button', { name: 'Donate $5.00' }).click();
  await page.getByRole('log').getByText('For the big lamp').waitFor();
  await refusal.waitFor({ state: 'detached' });
}, 180_000);

test('whoever can’t enter a room is told why, and finds nothing there to write into', async () => {
  const streamer = product.visitor({ type: 'user', name: 'Ada' });
  await streamer.post('/room', { name: 'Ada live' });
  const page = await openPage(browser, `${product.httpUrl}/room/${streamer.sub}#token=abc`, { viewport: PHONE });
  await page.getByRole('alert').getByText('This token can’t be read').waitFor();
  expect(new URL(page.url()).hash).toBe('');
  await page.screenshot({ path: `${SCREENSHOTS}unreadable-token.png`, fullPage: true });

  const foreign = product.visitor({ owner: randomUUID() });
  const shut: [owner: string, token: string, words: string][] = [
    [streamer.sub, foreign.token, 'You aren’t allowed in this room.'],
    [randomUUID(), product.visitor().token, 'There is no such room.'],
    [streamer.sub, product.visitor({ expiresIn: -10 }).token, 'Your sign-in has run out.'],
  ];
  for (const [owner, token, words] of shut) {
    const closed = await openPage(browser, `${product.httpUrl}/room/${owner}#token=${token}`, { viewport: DESK });
    await closed.getByRole('heading', { name: words }).waitFor();
    expect(await closed.getByRole('textbox').count()).toBe(0);
    await closed.screenshot({ path: `${SCREENSHOTS}shut-${shut.findIndex((one) => one[2] === words)}.png` });
  }

  const missing = await openPage(browser, `${product.httpUrl}/room/xyz`, { viewport: DESK });
  await missing.getByRole('heading', { name: 'No such room' }).waitFor();
  await missing.screenshot({ path: `${SCREENSHOTS}no-such-room.png` });
  await missing.getByRole('link', { name: 'Open another room' }).click();
  await missing.getByRole('heading', { name: 'Open a room' }).waitFor();
}, 180_000);

test('a token that nears its end is announced, and a fresh one in the address keeps the room open without a reload', async () => {
  const streamer = product.visitor({ type: 'user', name: 'Ada', expiresIn: 40 });
  await streamer.post('/room', { name: 'Ada live' });
  const page = await open(streamer.sub, streamer.token, 1280);
  const notice = page.getByText('Your sign-in runs out');
  await notice.waitFor();
  await page.screenshot({ path: `${SCREENSHOTS}signed-in-not-for-long.png` });
  await page.getByRole('textbox', { name: 'Message to everybody' }).fill('Half written');
  const renewed = product.visitor({ sub: streamer.sub, type: 'user', name: 'Ada' });
  const sent: string[] = [];
  page.on('request', (request) => sent.push(request.url()));
  await page.goto(`${page.url()}#token=${renewed.token}`);
  await notice.waitFor({ state: 'detached' });
  expect(new URL(page.url()).hash).toBe('');
  expect(await page.getByRole('textbox', { name: 'Message to everybody' }).inputValue()).toBe('Half written');
  await page.keyboard.press('Enter');
  await page.getByRole('log').getByText('Half written').waitFor();
  expect(sent.filter((url) => url.includes('/room/'))).toEqual([]);
}, 180_000);
