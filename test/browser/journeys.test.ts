/** What people do with the pages, against the built executable: each journey of the table "who wants what" that these pages serve. */
import { afterAll, beforeAll, describe, expect } from 'bun:test';
import { source as axe } from 'axe-core';
import type { Page } from 'playwright-core';
import type { TestBrowser, TestPage } from '../servers/browser.ts';
import type { RunningServer } from '../servers/pikoci.ts';
import { isHere, journey, type ServedPlace, type SignedIn, servedPlace, signIn, WAIT } from './signed-in.ts';

const PIPELINE = `
resource "cron" "tick" {
  check_interval = "@every 1h"
}
job "hello" {
  get "cron" "tick" {
    trigger = true
  }
  task "greet" {
    run "exec" {
      path = "echo"
      args = ["hello from pikoci"]
    }
  }
}
job "red" {
  get "cron" "tick" {}
  task "check" {
    run "exec" {
      path = "/bin/sh"
      args = ["-ec", "seq 1 500; echo 'Error: no such module' >&2; seq 1 40; exit 3"]
    }
  }
}
job "slow" {
  get "cron" "tick" {}
  task "tell" {
    run "exec" {
      path = "/bin/sh"
      args = ["-ec", "i=0; while [ $i -lt 600 ]; do i=$((i+1)); printf '\\\\033[32mline\\\\033[0m %s\\\\n' $i; sleep 0.1; done"]
    }
  }
}
job "long" {
  get "cron" "tick" {}
  task "print" {
    run "exec" {
      path = "/bin/sh"
      args = ["-ec", "seq 1 100000 | sed 's/$/ the quick brown fox jumps over the lazy dog/'"]
    }
  }
}
`;
const HOME = '/teams/main/pipelines/pipeline';

describe('in the browser', () => {
  let served: ServedPlace | undefined;
  let signedIn: SignedIn | undefined;
  let server: RunningServer;
  let browser: TestBrowser;
  let tab: TestPage;
  let page: Page;

  beforeAll(async () => {
    if (!isHere) return;
    served = await servedPlace((place) => place.write('pipeline.hcl', PIPELINE));
    server = served.server;
    signedIn = await signIn(server);
    ({ browser, tab } = signedIn);
    page = tab.page;
  }, 60_000);
  afterAll(async () => {
    await signedIn?.[Symbol.asyncDispose]();
    await served?.[Symbol.asyncDispose]();
  }, 60_000);

  const open = (path: string) => page.goto(`${server.url}${path}`);
  const trigger = async (job: string): Promise<void> => {
    await open(`${HOME}/jobs/${job}`);
    await page.getByRole('button', { name: 'Trigger' }).click();
    await page.waitForURL(/\/builds\/\d+$/, WAIT);
  };
  const status = (word: string) => page.locator('.facts').getByText(word, { exact: true }).waitFor(WAIT);
  const lines = () => page.locator('.box .row .text');

  journey(
    'a stranger is told how to sign in, and sees nothing else',
    async () => {
      const stranger = await browser.open();
      await stranger.page.goto(`${server.url}${HOME}`);
      await stranger.page.getByRole('heading', { name: 'Sign in' }).waitFor(WAIT);
      expect(await stranger.page.getByText('hello').count()).toBe(0);
    },
    60_000,
  );

  journey(
    'the newcomer sees the first build turn green without a reload',
    async () => {
      await open('/');
      await page
        .locator('.card')
        .getByText(/^hello #1 passed/)
        .first()
        .waitFor(WAIT);
      await tab.screenshot('home');
    },
    60_000,
  );

  journey(
    'the developer with a red build has the failing line on the screen after two clicks',
    async () => {
      await trigger('red');
      await status('failed');
      await open('/');
      await page.getByRole('link', { name: /pipeline \/ red #1/ }).click();
      const line = page.getByRole('region', { name: 'What went wrong' }).getByText('Error: no such module');
      await line.waitFor(WAIT);
      const box = await line.boundingBox();
      expect(box !== null && box.y > 0 && box.y + box.height < 900).toBe(true);
      expect(await page.locator('.excerpt').textContent()).toContain('exit code 3');
      await tab.screenshot('red-build');
    },
    60_000,
  );

  journey(
    'a link to a line leads to that line',
    async () => {
      await open(`${HOME}/jobs/red/builds/1`);
      await page.getByRole('button', { name: 'Show line 501 in the log' }).click();
      await page.locator('.row.marked').waitFor(WAIT);
      const link = page.url();
      expect(link).toContain('line=501');
      await page.goto('about:blank');
      await page.goto(link);
      await page.locator('.row.marked').waitFor(WAIT);
      expect(await page.locator('.row.marked .text').textContent()).toBe('Error: no such module');
    },
    60_000,
  );

  journey(
    'the one who watches: lines come by themselves, stay when she scrolls up, and go on at her word',
    async () => {
      await trigger('slow');
      await lines().getByText('line').first().waitFor(WAIT);
      await lines().getByText('line 60').waitFor(WAIT);
      const box = page.locator('.box');
      await box.hover();
      await page.mouse.wheel(0, -300);
      const fresh = page.getByRole('button', { name: /new lines?$/ });
      await fresh.waitFor(WAIT);
      const top = await box.evaluate((element) => element.scrollTop);
      await page.getByRole('button', { name: /[5-9] new lines$/ }).waitFor(WAIT);
      expect(await box.evaluate((element) => element.scrollTop)).toBe(top);
      await tab.screenshot('live-log');
      await fresh.click();
      await fresh.waitFor({ state: 'detached' });
      await page.waitForFunction(() => {
        const log = document.querySelector('.box');
        return log !== null && log.scrollHeight - log.clientHeight - log.scrollTop < 25;
      });
      await page.getByRole('button', { name: 'Cancel' }).click();
      await status('cancelled');
    },
    90_000,
  );

  journey(
    'a hundred thousand lines are opened, searched and walked through',
    async () => {
      await trigger('long');
      await status('passed');
      await page.reload();
      await lines().first().waitFor(WAIT);
      await page.keyboard.press('/');
      await page.keyboard.type('99998 the');
      await page.getByText('1', { exact: true }).waitFor(WAIT);
      await page.keyboard.press('Enter');
      await page.locator('mark.now').waitFor(WAIT);
      expect(await page.locator('mark.now').textContent()).toBe('99998 the');
      await page.keyboard.press('Escape');
      await open(`${page.url().replace(server.url, '').replace(/\?.*/, '')}?line=3`);
      await page.locator('.row.marked').waitFor(WAIT);
      expect(await page.locator('.row.marked .text').textContent()).toStartWith('3 the quick');
      await tab.screenshot('long-log');
    },
    90_000,
  );

  journey(
    'by keyboard: through the graph, to a job, and back',
    async () => {
      await open(HOME);
      await page.locator('[data-node="resource:cron.tick"]').focus();
      await page.keyboard.press('ArrowRight');
      const job = await page.evaluate(() => document.activeElement?.getAttribute('data-node'));
      expect(job).toStartWith('job:');
      await page.keyboard.press('Enter');
      await page.waitForURL(/\/jobs\//, WAIT);
      await page.goBack();
      await page.locator('[data-node="resource:cron.tick"]').waitFor(WAIT);
      await tab.screenshot('pipeline');
    },
    60_000,
  );

  journey(
    'a resource is checked on demand, a job paused and resumed',
    async () => {
      await open(`${HOME}/resources/cron.tick`);
      const before = await page.locator('tbody tr').count();
      await page.getByRole('button', { name: 'Check now' }).click();
      await page.waitForFunction((rows) => document.querySelectorAll('tbody tr').length > rows, before, WAIT);
      await open(`${HOME}/jobs/long`);
      await page.getByRole('button', { name: 'Pause' }).click();
      await page.locator('.facts').getByText('paused', { exact: true }).waitFor(WAIT);
      await page.getByRole('button', { name: 'Resume' }).first().click();
      await page
        .locator('.facts')
        .getByText('paused', { exact: true })
        .waitFor({ state: 'detached', ...WAIT });
    },
    60_000,
  );

  for (const colorScheme of ['light', 'dark'] as const) {
    journey(
      `axe finds nothing serious, ${colorScheme}`,
      async () => {
        await page.emulateMedia({ colorScheme });
        const inspector = await page.context().newCDPSession(page);
        await inspector.send('Page.setBypassCSP', { enabled: true });
        const found: string[] = [];
        for (const path of [
          '/',
          HOME,
          `${HOME}/jobs/red`,
          `${HOME}/jobs/red/builds/1`,
          `${HOME}/resources/cron.tick`,
        ]) {
          await open(path);
          await page.locator('.panel').first().waitFor(WAIT);
          await page.evaluate(axe);
          const violations = await page.evaluate(
            'axe.run({ resultTypes: ["violations"] }).then((result) => result.violations)',
          );
          for (const { id, impact, nodes } of violations as {
            id: string;
            impact: string;
            nodes: { html: string }[];
          }[]) {
            if (impact === 'serious' || impact === 'critical') found.push(`${path}: ${id}: ${nodes[0]?.html}`);
          }
        }
        await inspector.send('Page.setBypassCSP', { enabled: false });
        expect(found).toEqual([]);
      },
      90_000,
    );
  }

  journey(
    'a phone shows it all without scrolling sideways',
    async () => {
      await page.setViewportSize({ width: 390, height: 844 });
      for (const [name, path] of [
        ['home', '/'],
        ['pipeline', HOME],
        ['build', `${HOME}/jobs/red/builds/1`],
      ] as const) {
        await open(path);
        await page.locator('.panel').first().waitFor(WAIT);
        expect([name, await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)]).toEqual([
          name,
          true,
        ]);
        await tab.screenshot(`phone-${name}`);
      }
    },
    60_000,
  );

  journey('in all that, no script failed, nothing was refused by the policy, no request was lost', () => {
    expect(tab.problems).toEqual([]);
  });
});
