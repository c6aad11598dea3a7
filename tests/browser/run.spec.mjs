// A run fills in while one watches: nothing is reloaded, what was opened stays open, commands can be copied, and
// the console stays empty. Without scripts the same page comes to the same end.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { launch, listen, startGatewatch, startNginx, startUpstream, visitor } from './harness.mjs';

const PASSWORD = 'correct horse battery staple';
let upstream, nginx, gatewatch, browser, storageState;

before(async () => {
  // Slow enough to be watched.
  upstream = await startUpstream(async (_request, response) => {
    await sleep(1500);
    response.writeHead(502).end('no\n');
  });
  nginx = await startNginx({ upstream });
  gatewatch = await startGatewatch({
    config: `[[monitors]]\nid = "shop"\nname = "Shop"\nurl = "${nginx.url}"\ninterval = "60s"\ntimeout = "5s"\n\n`
      + `[[gateways]]\nname = "edge"\nconfig = ["${nginx.config}"]\nlogs = ["${nginx.logs}"]\n`,
  });
  browser = await launch();
  const context = await visitor(browser);
  const page = await context.newPage();
  await page.goto(await gatewatch.setupLink());
  await page.getByLabel('Name').fill('ada');
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByLabel('Password once more').fill(PASSWORD);
  await page.getByRole('button', { name: 'Make the account' }).click();
  await page.waitForURL('**/operate');
  storageState = await context.storageState();
  await context.close();
}, { timeout: 90_000 });

after(async () => {
  await browser?.close();
  await gatewatch?.stop();
  await nginx?.stop();
  await upstream?.kill();
}, { timeout: 60_000 });

/** A signed-in window in which a run was started a moment ago. */
async function watch(scripts) {
  const context = await visitor(browser, { scripts });
  await context.addCookies(storageState.cookies);
  const page = await context.newPage();
  const console = listen(page);
  await page.goto(`${gatewatch.url}/wizard?component=shop`);
  await page.getByRole('button', { name: 'Find out why Shop fails' }).click();
  await page.waitForURL('**/runs/*');
  return { context, page, console };
}

test('a run fills in, and what one opened stays open', { timeout: 90_000 }, async () => {
  const { context, page, console } = await watch(true);
  try {
    await page.locator('.run-head .state.running').waitFor();
    const seen = page.locator('.run');
    const marked = await seen.evaluate((run) => {
      const parts = run.querySelectorAll('li.step, #restart, details');
      for (const one of parts) one.untouched = true;
      return parts.length;
    });
    const hand = page.locator('li.step details.hand').first();
    await hand.evaluate((details) => (details.open = true));

    await page.locator('.run-head .state.finished').waitFor({ timeout: 45_000 });
    await page.locator('.verdict').waitFor();
    assert.equal(await page.locator('.step.pending, .step.running').count(), 0);
    // New parts may come, such as the practices with the verdict; none that was there may be made anew.
    const { kept, anew } = await seen.evaluate((run) => {
      const parts = [...run.querySelectorAll('li.step, #restart, details')];
      return {
        kept: parts.filter((one) => one.untouched).length,
        anew: parts.filter((one) => !one.untouched && !one.closest('.practices')).map((one) => one.outerHTML.slice(0, 200)),
      };
    });
    assert.equal(kept, marked, 'parts that hold what one does were made anew');
    assert.deepEqual(anew, [], 'parts came that nothing explains');
    assert.ok(await hand.evaluate((details) => details.open), 'what was open is closed');
    assert.ok(await page.getByText('Live updates stopped').isHidden());

    // What came in live is what a reload shows.
    const text = () => seen.evaluate((run) => run.textContent.replace(/\s+/g, ' '));
    const live = await text();
    await page.reload({ waitUntil: 'load' });
    assert.equal(live, await text());
    console.assertEmpty();
  } finally {
    await context.close();
  }
});

test('a command is copied and that is said', { timeout: 90_000 }, async () => {
  const { context, page, console } = await watch(true);
  try {
    await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: gatewatch.url });
    await page.locator('.run-head .state.finished').waitFor({ timeout: 45_000 });
    // One that arrived with an event, and one that was there from the start.
    await page.locator('li.step details.hand:not([hidden])').first().evaluate((details) => (details.open = true));
    for (const scope of ['li.step .hand:not([hidden])', '#restart']) {
      const command = page.locator(`${scope} .command`).first();
      await command.getByRole('button').click();
      await command.getByRole('button', { name: 'Copied' }).waitFor();
      await page.locator('[role=status].unseen', { hasText: 'Copied' }).waitFor();
      assert.equal(await page.evaluate(() => navigator.clipboard.readText()), await command.locator('code').textContent());
      await command.getByRole('button', { name: 'Copy', exact: true }).waitFor();
    }
    console.assertEmpty();
  } finally {
    await context.close();
  }
});

test('without scripts a run comes to the same end', { timeout: 90_000 }, async () => {
  const { context, page, console } = await watch(false);
  try {
    await page.locator('.run-head .state.finished').waitFor({ timeout: 45_000 });
    await page.locator('.verdict').waitFor();
    assert.equal(await page.locator('.copy:visible').count(), 0, 'a button that can do nothing is shown');
    assert.ok(await page.getByText('Live updates stopped').isHidden());
    console.assertEmpty();
  } finally {
    await context.close();
  }
});
