/**
 * Photographs a lively room for the README into docs/images/room.png. Run by hand, with the variables of a stack in the
 * environment: `npm run stack` prints them. All that is seen went through the product: nothing is drawn into the page.
 */
import { mkdirSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { launchBrowser, openPage } from '../e2e/support/browser.ts';
import { type Product, startProduct } from '../e2e/support/product.ts';
import type { Visitor } from '../e2e/support/visitor.ts';

const FILE = new URL('../docs/images/room.png', import.meta.url).pathname;
const SIZE = { width: 1280, height: 800 };

mkdirSync(new URL('.', `file://${FILE}`), { recursive: true });
const [product, browser] = await Promise.all([startProduct(), launchBrowser()]);
try {
  const ada = product.visitor({ type: 'user', name: 'Ada' });
  await ada.post('/room', { name: 'Ada live' });
  const url = `${product.httpUrl}/room/${ada.sub}#token=${ada.token}`;
  const page = await openPage(browser, url, { viewport: SIZE, deviceScaleFactor: 2 });
  await page.getByText('Live', { exact: true }).waitFor();
  await playTheEvening(product, ada, page);
  await page.screenshot({ path: FILE });
} finally {
  await browser.close();
  await product.stop();
}

async function playTheEvening(product: Product, ada: Visitor, page: Page): Promise<void> {
  const names = ['Finn', 'Mira', 'João', 'Σοφία'];
  const [finn, mira, joao, sofia] = await Promise.all(names.map((name) => enter(product, ada, name)));
  if (!finn || !mira || !joao || !sofia) throw new Error('not everybody came');
  const says = async (who: Visitor, message: string, more: object = { is_public: true }) => {
    accepted(await who.post('/chat/message/add', { message, owner_id: ada.sub, ...more }));
    await page.getByRole('log').getByText(message).waitFor();
  };
  const gives = async (who: Visitor, sum: string, comment: string, reached: string) => {
    const message = { message: comment, is_public: true };
    accepted(await who.post('/chat/donate/add', { sum, message, owner_id: ada.sub }));
    await page.getByRole('log').getByText(comment).waitFor();
    await page.getByText(reached).first().waitFor();
  };
  accepted(await ada.post('/chat/goal/add', { name: 'A new microphone', require_sum: '120.00' }));
  await page.getByRole('progressbar').waitFor();
  await says(ada, 'Hello everybody! We begin where we stopped: the second movement.');
  await says(sofia, 'Καλησπέρα από την Αθήνα!');
  await says(finn, 'Was hoping for that one all week');
  await gives(joao, '20.00', 'For the microphone. Obrigado!', '$20.00 of $120.00');
  await says(mira, 'May I send you the score I found? I’d rather not post the link here.', { is_public: false });
  await says(ada, 'Please do, I’d love to see it', { is_public: false, to: mira.sub });
  await gives(finn, '40.00', 'That ending!', '$60.00 of $120.00');
  await page.getByText('4 watching').waitFor();
}

/** Somebody with money and an open connection. */
async function enter(product: Product, ada: Visitor, name: string): Promise<Visitor> {
  const visitor = product.visitor({ name });
  await product.deposit(visitor, '60.00');
  await visitor.join(ada.sub);
  return visitor;
}

function accepted({ status, body }: { status: number; body: unknown }): void {
  if (status !== 201) throw new Error(`answered ${status} ${JSON.stringify(body)}`);
}
