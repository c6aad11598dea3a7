// Closing groups by the page's address, and the form for subscriptions: with scripts and without.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertAccessible, launch, listen, startGatewatch, startUpstream, visitor } from './harness.mjs';

let upstream, gatewatch, browser;

before(async () => {
  upstream = await startUpstream();
  const monitor = (id) => `[[monitors]]\nid = "${id}"\nurl = "http://127.0.0.1:${upstream.port}/"\ninterval = "1s"\n`;
  const component = (id, group) => `[[components]]\nid = "${id}-c"\nname = "${id}"\ngroup = "${group}"\nmonitors = ["${id}"]\n`;
  gatewatch = await startGatewatch({
    // Nobody listens at the mail server's port; nothing in this walk is sent.
    config: '[subscriptions]\nemail = { server = "127.0.0.1:9", tls = "off", from = "status@example.com" }\n'
      + monitor('shop') + monitor('api') + component('shop', 'Sites') + component('api', 'APIs'),
    server: 'public_url = "http://127.0.0.1"\n',
  });
  browser = await launch();
}, { timeout: 60_000 });

after(async () => {
  await browser?.close();
  await gatewatch?.stop();
  await upstream?.kill();
}, { timeout: 60_000 });

for (const scripts of [true, false]) {
  test(`groups close and stay so with scripts ${scripts ? 'on' : 'off'}`, { timeout: 60_000 }, async () => {
    const context = await visitor(browser, { scripts });
    try {
      const page = await context.newPage();
      const console = listen(page);
      await page.goto(`${gatewatch.url}/`, { waitUntil: 'load' });
      const [sites, apis] = [page.locator('.group.g1'), page.locator('.group.g2')];
      assert.equal(await sites.locator('.rows').isVisible(), true);
      assert.equal(await sites.locator('.gist').isVisible(), false);
      await page.getByRole('link', { name: 'Close Sites' }).click();
      await page.waitForURL('**/closed/*/status');
      const kept = page.url();
      for (const again of [false, true]) {
        if (again) await page.goto(kept, { waitUntil: 'load' });
        assert.equal(await sites.locator('.rows').isVisible(), false);
        assert.equal(await sites.locator('.gist').isVisible(), true);
        assert.equal(await apis.locator('.rows').isVisible(), true);
      }
      if (scripts) await assertAccessible(page, 'a closed group');
      await page.getByRole('link', { name: 'Close APIs' }).click();
      await page.waitForURL('**/closed/*.*/status');
      await page.getByRole('link', { name: 'Open Sites' }).click();
      await page.getByRole('link', { name: 'Open APIs' }).click();
      await page.waitForURL(`${gatewatch.url}/`);
      assert.equal(await apis.locator('.rows').isVisible(), true);
      console.assertEmpty();
    } finally {
      await context.close();
    }
  });

  test(`the form for subscriptions works with scripts ${scripts ? 'on' : 'off'}`, { timeout: 60_000 }, async () => {
    const context = await visitor(browser, { scripts });
    try {
      const page = await context.newPage();
      await page.goto(`${gatewatch.url}/`, { waitUntil: 'load' });
      await page.getByRole('link', { name: 'Subscribe' }).click();
      await page.getByLabel('shop').check();
      await page.getByRole('button', { name: 'Subscribe' }).click();
      await page.getByRole('alert').getByText('Write an e-mail address').waitFor();
      assert.equal(await page.getByLabel('shop').isChecked(), true, 'what was chosen stays');
      if (scripts) await assertAccessible(page, 'the form with its problem');
      await page.getByLabel('E-mail').fill('ada@example.com');
      await page.getByRole('button', { name: 'Subscribe' }).click();
      await page.getByRole('heading', { name: 'One more step' }).waitFor();
      if (scripts) await assertAccessible(page, 'what comes next');
    } finally {
      await context.close();
    }
  });
}
