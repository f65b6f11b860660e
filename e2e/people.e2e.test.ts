import { mkdirSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, openPage } from './support/browser.ts';
import { PASSWORD, phoneNumber } from './support/people.ts';
import { post } from './support/people.ts';
import { type Product, startProduct } from './support/product.ts';
import { until } from './support/until.ts';

/** Accounts and friends as two people live them, each in a browser of their own. Screenshots are left in e2e/screenshots. */
const SCREENSHOTS = new URL('./screenshots/', import.meta.url).pathname;
const DESK = { width: 1280, height: 860 };
const PHONE = { width: 390, height: 860 };
/** The lists are read again every ten seconds. */
const NEXT_READING_MS = 60_000;

let product: Product;
let browser: Browser;

beforeAll(async () => {
  mkdirSync(SCREENSHOTS, { recursive: true });
  [product, browser] = await Promise.all([startProduct({ hasPeople: true }), launchBrowser()]);
}, 180_000);
afterAll(async () => {
  await browser?.close();
  await product?.stop();
}, 180_000);

/** Somebody who makes an account on the page, and stands among the people then. */
async function signUp(nickname: string, phone: string, viewport: typeof DESK): Promise<Page> {
  const page = await openPage(browser, `${product.httpUrl}/people`, { viewport });
  await page.waitForURL(/\/sign-in\?next=%2Fpeople$/);
  await page.getByRole('tab', { name: 'Create an account' }).click();
  await page.getByLabel('Phone number').fill(phone);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByLabel('Nickname').fill(nickname);
  await page.screenshot({ path: `${SCREENSHOTS}sign-up-${nickname.toLowerCase()}.png`, fullPage: true });
  await page.getByRole('button', { name: 'Create the account' }).click();
  await page.waitForURL(/\/people$/);
  await page.getByRole('heading', { name: 'Friends' }).waitFor();
  return page;
}

test('two people sign up, become friends without a reload, and meet in the room of one of them', async () => {
  const [ann, bob] = [await signUp('Ann', phoneNumber(11), DESK), await signUp('Bob', phoneNumber(12), PHONE)];
  const reloads: string[] = [];
  ann.on('framenavigated', (frame) => reloads.push(frame.url()));

  await askAnn(bob);
  await ann.getByRole('button', { name: 'Accept: Bob' }).waitFor({ timeout: NEXT_READING_MS });
  await ann.screenshot({ path: `${SCREENSHOTS}people-request.png`, fullPage: true });
  await ann.getByRole('button', { name: 'Accept: Bob' }).click();
  await friendOf(ann, 'Bob').waitFor();
  await friendOf(bob, 'Ann').waitFor({ timeout: NEXT_READING_MS });
  await bob.screenshot({ path: `${SCREENSHOTS}people-friends.png`, fullPage: true });
  expect(reloads).toEqual([]);

  await ann.getByRole('link', { name: 'Settings' }).click();
  await ann.getByLabel('Its name').fill('Ann live');
  await ann.getByRole('button', { name: 'Open my room' }).click();
  await ann.getByText('Your room is open.').waitFor();
  await ann.screenshot({ path: `${SCREENSHOTS}settings.png`, fullPage: true });
  await ann.getByRole('link', { name: 'Go to your room' }).click();
  await ann.getByRole('heading', { name: 'Your room' }).waitFor();

  await friendOf(bob, 'Ann').getByRole('link', { name: 'Open room: Ann' }).click();
  const box = bob.getByRole('textbox', { name: 'Message to everybody' });
  await bob.getByText(/^live$/i).waitFor();
  await bob.getByRole('heading', { name: 'Ann’s room' }).waitFor();
  await box.fill('Hello, Ann');
  await bob.keyboard.press('Enter');
  await ann.getByRole('log').getByText('Hello, Ann').waitFor();
  await ann.getByRole('log').getByText('Bob').first().waitFor();
  expect(await bob.getByRole('link', { name: 'Signed in as Bob: people' }).isVisible()).toBe(true);
  await ann.screenshot({ path: `${SCREENSHOTS}room-of-an-account.png` });
  await bob.screenshot({ path: `${SCREENSHOTS}room-of-a-friend.png` });

  await bob.getByRole('link', { name: 'Signed in as Bob: people' }).click();
  const session = await bob.evaluate(() => localStorage.getItem('rostra:session') ?? '{}');
  await bob.getByRole('button', { name: 'Sign out' }).click();
  await bob.getByRole('link', { name: 'Create an account' }).waitFor();
  expect(await bob.evaluate(() => localStorage.length)).toBe(0);
  // Not only this browser has forgotten the session: the server takes nothing of it any more.
  const { refreshToken } = JSON.parse(session) as { refreshToken: string };
  expect((await post(product, '/refresh-token', { refresh_token: refreshToken })).status).toBe(401);
  await bob.goto(`${product.httpUrl}/people`);
  await bob.waitForURL(/\/sign-in\?next=%2Fpeople$/);
}, 180_000);

const friendOf = (page: Page, name: string) =>
  page
    .getByRole('region', { name: /^Friends/ })
    .getByRole('listitem')
    .filter({ hasText: name });

/** Finds Ann by how her nickname begins, and asks her. The search reads a replica: it may be moments behind. */
async function askAnn(bob: Page): Promise<void> {
  const ask = bob.getByRole('button', { name: 'Ask to be friends: Ann' });
  for (let tries = 0; tries < 20 && !(await ask.isVisible()); tries += 1) {
    await bob.getByLabel('A nickname, or how it begins').fill('');
    await bob.getByLabel('A nickname, or how it begins').fill('an');
    await ask.waitFor({ timeout: 1_000 }).catch(() => undefined);
  }
  await ask.click();
  await bob.getByRole('button', { name: 'Take back: Ann' }).first().waitFor();
}

test('a wrong password and a foreign way on say nothing and lead nowhere; a session that has ended says so', async () => {
  const page = await signUp('Clare', phoneNumber(13), DESK);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('link', { name: 'Sign in' }).waitFor();

  await page.goto(`${product.httpUrl}/sign-in?next=${encodeURIComponent('//elsewhere.example/')}`);
  await page.getByLabel('Phone, e-mail or nickname').fill('clare');
  await page.getByLabel('Password', { exact: true }).fill('not her password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('The name or the password is wrong.').waitFor();
  await page.screenshot({ path: `${SCREENSHOTS}sign-in-refused.png`, fullPage: true });
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(`${product.httpUrl}/people`);

  // Nothing that the server knows: as if she had been signed out from elsewhere.
  await page.evaluate(() => {
    const session = JSON.parse(localStorage.getItem('rostra:session') ?? '{}') as Record<string, unknown>;
    localStorage.setItem('rostra:session', JSON.stringify({ ...session, refreshToken: 'x', expiresAt: 1 }));
  });
  await page.reload();
  await page.waitForURL(/why=ended$|next=%2Fpeople$/);
  await page.getByText('Your sign-in has ended.').waitFor();
}, 180_000);

test('a room stays open while its person’s session is renewed, and says so where it is ended elsewhere', async () => {
  const page = await signUp('Dan', phoneNumber(14), DESK);
  await page.goto(`${product.httpUrl}/settings`);
  await page.getByLabel('Its name').fill('Dan live');
  await page.getByRole('button', { name: 'Open my room' }).click();
  await page.getByRole('link', { name: 'Go to your room' }).click();
  await page.getByText(/^live$/i).waitFor();
  const [other] = await Promise.all([page.waitForEvent('popup'), page.evaluate("void open('../people')")]);
  const box = page.getByRole('textbox', { name: 'Message to everybody' });
  await box.fill('Half written');

  const tokenNow = () =>
    page.evaluate(
      () => (JSON.parse(localStorage.getItem('rostra:session') ?? '{}') as Record<string, unknown>)['token'],
    );
  const before = await tokenNow();
  const loaded: string[] = [];
  page.on('framenavigated', (frame) => loaded.push(frame.url()));
  await page.evaluate(() => {
    const session = JSON.parse(localStorage.getItem('rostra:session') ?? '{}') as Record<string, unknown>;
    localStorage.setItem('rostra:session', JSON.stringify({ ...session, expiresAt: Date.now() + 30_000 }));
  });
  await until('the session is renewed', async () => (await tokenNow()) !== before);
  expect(await box.inputValue()).toBe('Half written');
  await page.keyboard.press('Enter');
  await page.getByRole('log').getByText('Half written').waitFor();

  await box.fill('And once more');
  await other.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('alert').getByText('Sign in again to go on.').waitFor();
  await page.screenshot({ path: `${SCREENSHOTS}room-signed-out.png` });
  expect([await box.inputValue(), loaded]).toEqual(['And once more', []]);
  await page.getByRole('link', { name: 'Sign in' }).click();
  await page.getByLabel('Phone, e-mail or nickname').fill(phoneNumber(14));
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText(/^live$/i).waitFor();
  expect(new URL(page.url()).pathname).toMatch(/^\/room\//);
}, 180_000);
