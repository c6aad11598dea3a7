// The public page answers, complete and without a word on the console, with scripts and without.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, listen, screenshots, startGatewatch, startNginx, startUpstream, until, visitor } from './harness.mjs';

let upstream, nginx, gatewatch, browser;

before(async () => {
  upstream = await startUpstream();
  nginx = await startNginx({ upstream });
  gatewatch = await startGatewatch({
    config: `[[monitors]]\nid = "shop"\nname = "Shop"\nurl = "${nginx.url}"\ninterval = "1s"\n`,
  });
  browser = await launch();
}, { timeout: 60_000 });

after(async () => {
  await browser?.close();
  await gatewatch?.stop();
  await nginx?.stop();
  await upstream?.kill();
}, { timeout: 60_000 });

for (const scripts of [true, false]) {
  test(`the public page stands with scripts ${scripts ? 'on' : 'off'}`, { timeout: 60_000 }, async () => {
    const context = await visitor(browser, { scripts });
    try {
      const page = await context.newPage();
      const console = listen(page);
      const answer = await page.goto(`${gatewatch.url}/`, { waitUntil: 'load' });
      assert.equal(answer.status(), 200);
      await page.getByText('Shop').first().waitFor();
      console.assertEmpty();
    } finally {
      await context.close();
    }
  });
}

test('the public page fits phone and desk, light and dark', { timeout: 60_000 }, async () => {
  await screenshots(browser, `${gatewatch.url}/`, 'status');
});

test('a widget keeps itself current, and says when nobody answers', { timeout: 120_000 }, async () => {
  const url = `${gatewatch.url}/embed/shop`;
  await screenshots(browser, url, 'widget');
  const context = await visitor(browser, { scripts: true });
  try {
    const page = await context.newPage();
    const console = listen(page);
    await page.clock.install();
    await page.goto(url, { waitUntil: 'load' });
    await page.locator('.widget.operational').waitFor();
    await upstream.kill();
    await until('the outage', async () => (await (await fetch(url)).text()).includes('widget outage'));
    await page.clock.runFor(60_000);
    await page.locator('.widget.outage').waitFor();
    assert.ok(await page.getByText('No news since then').isHidden());
    console.assertEmpty();

    await context.setOffline(true);
    for (const _missed of [1, 2, 3]) {
      const failed = page.waitForEvent('requestfailed');
      await page.clock.runFor(60_000);
      await failed;
    }
    await page.getByText('No news since then').waitFor();
    await context.setOffline(false);
    await upstream.revive();
    await page.clock.runFor(60_000);
    await page.locator('.widget:not([data-stale])').waitFor();
  } finally {
    await context.close();
  }
});
