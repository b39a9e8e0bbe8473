import { expect } from 'bun:test';
import { statSync } from 'node:fs';
import { createServer } from 'node:http';
import { browserAvailability, startBrowser } from './browser.ts';
import { testWith } from './required.ts';

testWith({ chromium: browserAvailability() })(
  'a page is shown, pictured, and its errors are noticed',
  async () => {
    const server = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end('<title>t</title><h1>Hello</h1><script>console.error("oh no")</script><link rel=icon href=data:,>');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address() as { port: number };
    await using browser = await startBrowser();
    const { page, problems, screenshot } = await browser.open();
    await page.goto(`http://127.0.0.1:${address.port}/`);
    expect(await page.locator('h1').textContent()).toBe('Hello');
    expect(problems).toEqual(['oh no']);
    expect(statSync(await screenshot('browser-test')).size).toBeGreaterThan(1_000);
    server.closeAllConnections();
    server.close();
  },
  60_000,
);
