import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { installChromium } from '../../scripts/stack/install.ts';

/** Chromium as a person has it, but without what it does behind their back. */
const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: await installChromium(() => undefined), args: QUIET });
}

/** A page of a person of its own, who wants no motion: what is photographed stands still. An error in it fails the test. */
export async function openPage(browser: Browser, url: string, options: BrowserContextOptions): Promise<Page> {
  const page = await browser.newPage({ reducedMotion: 'reduce', locale: 'en-US', ...options });
  page.on('pageerror', (error) => {
    throw error;
  });
  await page.goto(url);
  return page;
}
