/** Chromium without a window, driven by playwright-core. It reaches nothing but loopback. */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { findProgram } from './find-program.ts';
import type { Availability } from './required.ts';

/** Where screenshots go; ignored by git. */
export const ARTIFACTS = resolve(import.meta.dirname, '../artifacts');

export interface TestBrowser extends AsyncDisposable {
  /** A page with cookies and storage of its own. */
  open(options?: BrowserContextOptions): Promise<TestPage>;
}

export interface TestPage {
  readonly page: Page;
  /** Another tab of the same browser: with the same cookies and storage. */
  another(): Promise<TestPage>;
  /** What went wrong in it so far: errors of its scripts, errors on its console, requests that failed. */
  readonly problems: readonly string[];
  /** Writes `test/artifacts/NAME.png` and answers its path. */
  screenshot(name: string, options?: { readonly fullPage?: boolean }): Promise<string>;
}

const program = (): string | undefined => findProgram('chromium') ?? findProgram('chromium-browser');

export function browserAvailability(): Availability {
  return program() ? { available: true } : { available: false, reason: 'it is not installed (apt: chromium)' };
}

export interface TestBrowserOptions {
  /** Pages that are left are kept as they are, to come back to, as people's browsers do; a `goBack` then waits until `commit` at most. */
  readonly keepsLeftPages?: boolean;
}

export async function startBrowser({ keepsLeftPages = false }: TestBrowserOptions = {}): Promise<TestBrowser> {
  const executablePath = program();
  if (executablePath === undefined) throw new Error('chromium is not installed');
  const browser = await chromium.launch({
    executablePath,
    ignoreDefaultArgs: keepsLeftPages ? ['--disable-back-forward-cache'] : [],
    // No sandbox: it does not work for root. The rest keeps it from calling its maker at every start.
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-dev-shm-usage',
    ],
  });
  return {
    async open(options = {}) {
      return openPage(await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options }));
    },
    [Symbol.asyncDispose]: () => browser.close(),
  };
}

async function openPage(context: BrowserContext): Promise<TestPage> {
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  page.on('requestfailed', (request) => {
    // A page that is left ends its own requests; that is no problem.
    if (request.failure()?.errorText !== 'net::ERR_ABORTED') problems.push(`${request.method()} ${request.url()}`);
  });
  return {
    page,
    problems,
    another: () => openPage(context),
    async screenshot(name, { fullPage } = {}) {
      mkdirSync(ARTIFACTS, { recursive: true });
      const path = join(ARTIFACTS, `${name}.png`);
      await page.screenshot({ path, fullPage: fullPage ?? false });
      return path;
    },
  };
}
