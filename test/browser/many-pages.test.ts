/** Many pages of one browser at once: a browser makes six connections to a server, and every page wants to be live. */
import { afterAll, beforeAll, describe, expect } from 'bun:test';
import type { Page } from 'playwright-core';
import { startBrowser, type TestBrowser, type TestPage } from '../servers/browser.ts';
import type { PikociPlace, RunningServer } from '../servers/pikoci.ts';
import { isHere, journey, type ServedPlace, servedPlace } from './signed-in.ts';

const HOME = '/teams/main/pipelines/pipeline';
const WAIT = { timeout: 60_000 };
const TABS = 12;

/** Each build of it runs until it is let go. */
const pipelineOf = (directory: string): string => `
job "wait" {
  task "until-let-go" {
    run "exec" {
      path = "/bin/sh"
      args = ["-ec", "echo ready; until [ -e ${directory}/go ]; do sleep 0.1; done; rm ${directory}/go; echo gone"]
    }
  }
}
`;

describe('with many pages', () => {
  let served: ServedPlace | undefined;
  let place: PikociPlace;
  let server: RunningServer;
  let browser: TestBrowser;
  const tabs: TestPage[] = [];

  beforeAll(async () => {
    if (!isHere) return;
    served = await servedPlace((empty) => empty.write('pipeline.hcl', pipelineOf(empty.path)));
    ({ place, server } = served);
    browser = await startBrowser({ keepsLeftPages: true });
  }, 60_000);
  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]();
    await served?.[Symbol.asyncDispose]();
  }, 60_000);

  /** A browser of its own, signed in. */
  async function signedIn(): Promise<TestPage> {
    const tab = await browser.open({ storageState: await session() });
    tabs.push(tab);
    return tab;
  }
  async function another(tab: TestPage): Promise<TestPage> {
    const next = await tab.another();
    tabs.push(next);
    return next;
  }
  // The link signs in once; its cookie is then given to each.
  let signedInState: Promise<Awaited<ReturnType<ReturnType<Page['context']>['storageState']>>> | undefined;
  function session() {
    signedInState ??= (async () => {
      const { page } = await browser.open();
      await page.goto(server.signInUrl ?? '');
      const state = await page.context().storageState();
      await page.context().close();
      return state;
    })();
    return signedInState;
  }

  const trigger = async (): Promise<number> => {
    const build = await server.json('jobs', 'trigger', 'wait', '-p', 'pipeline', '--json');
    return (build as { number: number }).number;
  };
  const letGo = (): string => place.write('go', '');
  const pathsOf = (build: number): readonly [string, string, string, string] => [
    '/',
    HOME,
    `${HOME}/jobs/wait`,
    `${HOME}/jobs/wait/builds/${build}`,
  ];
  /** Waits until the page says this word of the newest build. */
  function shows(page: Page, path: string, word: string): Promise<void> {
    const says =
      path === '/'
        ? page.locator('.card').getByText(`, ${word}`)
        : path.includes('/builds/')
          ? page.locator('.facts').getByText(word, { exact: true })
          : page.locator('tbody tr').first().getByText(word, { exact: true });
    return says.first().waitFor(WAIT);
  }
  /** As when another tab is looked at: no page of this browser is ever really out of sight. */
  const hide = (page: Page, hidden: boolean): Promise<void> =>
    page.evaluate((isHidden) => {
      Object.defineProperty(document, 'hidden', { configurable: true, value: isHidden });
      document.dispatchEvent(new Event('visibilitychange'));
    }, hidden);

  journey(
    'twelve opened at once, all in sight, are all there and all live',
    async () => {
      const build = await trigger();
      const first = await signedIn();
      const paths = pathsOf(build);
      const opened = await Promise.all(
        Array.from({ length: TABS }, async (_, i) => {
          const { page } = i === 0 ? first : await another(first);
          const path = paths[i % paths.length] ?? '/';
          await page.goto(`${server.url}${path}`, { waitUntil: 'commit' });
          return { page, path };
        }),
      );
      await Promise.all(opened.map(({ page, path }) => shows(page, path, 'running')));
      const logs = opened.filter(({ path }) => path.includes('/builds/'));
      await Promise.all(logs.map(({ page }) => page.locator('.box').getByText('ready').waitFor(WAIT)));
      letGo();
      await Promise.all(opened.map(({ page, path }) => shows(page, path, 'passed')));
      await Promise.all(logs.map(({ page }) => page.locator('.box').getByText('gone').waitFor(WAIT)));
    },
    120_000,
  );

  journey(
    'twelve full loads in one tab, and then back and forward, each of them live',
    async () => {
      const tab = await signedIn();
      const { page } = tab;
      const build = await trigger();
      const paths = pathsOf(build);
      for (let i = 0; i < TABS; i += 1) {
        const path = paths[i % paths.length] ?? '/';
        await page.goto(`${server.url}${path}`);
        await shows(page, path, 'running');
      }
      await page.goBack({ waitUntil: 'commit' });
      await shows(page, paths[2], 'running');
      letGo();
      await shows(page, paths[2], 'passed');
      await page.goForward({ waitUntil: 'commit' });
      await shows(page, paths[3], 'passed');
      await page.locator('.box').getByText('gone').waitFor(WAIT);
    },
    120_000,
  );

  journey(
    'a page that was out of sight for long catches up when it is shown',
    async () => {
      const tab = await signedIn();
      const { page } = tab;
      const build = await trigger();
      const paths = pathsOf(build);
      await page.clock.install();
      await page.goto(`${server.url}${paths[3]}`);
      await page.locator('.box').getByText('ready').waitFor(WAIT);
      const other = await another(tab);
      await other.page.goto(`${server.url}${paths[3]}`);
      await shows(other.page, paths[3], 'running');
      await hide(page, true);
      await page.clock.fastForward(40_000);
      letGo();
      await shows(other.page, paths[3], 'passed');
      expect(await page.locator('.facts').getByText('running', { exact: true }).count()).toBe(1);
      await hide(page, false);
      await shows(page, paths[3], 'passed');
      await page.locator('.box').getByText('gone').waitFor(WAIT);
    },
    120_000,
  );

  journey(
    'without shared workers, pages out of sight leave the connections to the one in sight, and catch up',
    async () => {
      const first = await signedIn();
      await first.page.context().addInitScript(() => Reflect.deleteProperty(globalThis, 'SharedWorker'));
      const build = await trigger();
      const path = pathsOf(build)[3];
      const opened: Page[] = [];
      for (let i = 0; i < TABS; i += 1) {
        const { page } = i === 0 ? first : await another(first);
        await page.goto(`${server.url}${path}`);
        await shows(page, path, 'running');
        await page.locator('.box').getByText('ready').waitFor(WAIT);
        await hide(page, true);
        opened.push(page);
      }
      letGo();
      for (const page of opened) {
        await hide(page, false);
        await shows(page, path, 'passed');
        await page.locator('.box').getByText('gone').waitFor(WAIT);
        await hide(page, true);
      }
    },
    120_000,
  );

  journey('in all that, no script failed, nothing was refused by the policy, no request was lost', () => {
    expect(tabs.length).toBeGreaterThan(2 * TABS);
    expect(tabs.flatMap(({ problems }) => problems)).toEqual([]);
  });
});
