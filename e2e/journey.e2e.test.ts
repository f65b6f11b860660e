import { mkdirSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, openPage } from './support/browser.ts';
import { type Product, startProduct } from './support/product.ts';

/** The product's main job as two people live it, in real Chromium. Screenshots are left in e2e/screenshots. */
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
}, 60_000);

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
}, 90_000);

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
}, 60_000);
