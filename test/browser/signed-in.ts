/** A server of the built executable, and a browser in which its administrator has signed in. */
import type { BrowserContextOptions } from 'playwright-core';
import { browserAvailability, startBrowser, type TestBrowser, type TestPage } from '../servers/browser.ts';
import { type PikociPlace, pikociAvailability, pikociPlace, type RunningServer } from '../servers/pikoci.ts';
import { testWith } from '../servers/required.ts';

const servers = { chromium: browserAvailability(), executable: pikociAvailability() };

/** A test that needs both. */
export const journey = testWith(servers);
/** Whether both are here: what is started before the journeys of a `describe` has to ask. */
export const isHere = Object.values(servers).every((server) => server.available);
/** For what comes by itself. */
export const WAIT = { timeout: 30_000 };

export interface ServedPlace extends AsyncDisposable {
  readonly place: PikociPlace;
  readonly server: RunningServer;
}

/** A server in memory with the pipeline `pipeline.hcl`, which `fill` writes. */
export async function servedPlace(fill: (place: PikociPlace) => void): Promise<ServedPlace> {
  const place = pikociPlace();
  fill(place);
  const server = await place.startServer('--db-system', 'mem', '--pipeline-config', 'pipeline.hcl');
  return { place, server, [Symbol.asyncDispose]: () => place[Symbol.asyncDispose]() };
}

export interface SignedIn extends AsyncDisposable {
  readonly browser: TestBrowser;
  readonly tab: TestPage;
}

/** A browser of its own, whose only tab has followed the link by which the administrator signs in. */
export async function signIn(server: RunningServer, options: BrowserContextOptions = {}): Promise<SignedIn> {
  const browser = await startBrowser();
  const tab = await browser.open({ viewport: { width: 1440, height: 900 }, ...options });
  await tab.page.goto(server.signInUrl ?? '');
  return { browser, tab, [Symbol.asyncDispose]: () => browser[Symbol.asyncDispose]() };
}
