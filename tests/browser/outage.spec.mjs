// The whole story in a browser, once with scripts and once without: green, the upstream dies, the row leads a
// guest through signing in to the wizard, the verdict names the cause, a note is previewed and posted from it, the
// upstream returns, the incident is resolved. No page says a word on the console.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  assertAria, launch, listen, screenshots, startGatewatch, startNginx, startUpstream, until, visitor,
} from './harness.mjs';

const PASSWORD = 'correct horse battery staple';
let browser;

before(async () => {
  browser = await launch();
}, { timeout: 60_000 });

after(() => browser?.close(), { timeout: 60_000 });

/** nginx in front of an upstream, watched by a gatewatch that may read nginx' files. */
async function scene() {
  const upstream = await startUpstream();
  const nginx = await startNginx({ upstream });
  const gatewatch = await startGatewatch({
    config: `[page]\ntitle = "Example status"\n\n[[monitors]]\nid = "shop"\nname = "Shop"\nurl = "${nginx.url}"\n`
      + `interval = "1s"\ntimeout = "2s"\n\n[[gateways]]\nname = "edge"\nconfig = ["${nginx.config}"]\nlogs = ["${nginx.logs}"]\n`,
  });
  const stop = async () => {
    await gatewatch.stop();
    await nginx.stop();
    await upstream.kill();
  };
  return { upstream, nginx, gatewatch, stop };
}

/** Waits until the page itself shows what is wanted; without scripts somebody has to reload it. */
async function shows(page, scripts, selector, url) {
  if (scripts) return page.locator(selector).first().waitFor({ timeout: 20_000 });
  return until(selector, async () => {
    await page.goto(url, { waitUntil: 'load' });
    return (await page.locator(selector).count()) > 0;
  }, 20_000, 300);
}

for (const scripts of [true, false]) {
  const how = scripts ? 'on' : 'off';
  test(`an outage from green to resolved, scripts ${how}`, { timeout: 480_000 }, async () => {
    const { upstream, gatewatch, stop } = await scene();
    const guest = await visitor(browser, { scripts });
    const admin = await visitor(browser, { scripts });
    try {
      const home = `${gatewatch.url}/`;
      const name = (page) => (scripts ? page : `${page}-no-scripts`);
      const shoot = async (url, as, context) =>
        scripts && screenshots(browser, url, as, { storageState: await (context ?? guest).storageState() });
      const status = await guest.newPage();
      const heard = [listen(status)];
      const look = async (page, snapshot, root = 'main') => {
        await assertAria(page, name(snapshot), { root });
        for (const one of heard) one.assertEmpty();
      };

      // Green.
      await status.goto(home, { waitUntil: 'load' });
      await shows(status, scripts, '.banner.operational', home);
      await look(status, 'status-operational');

      // The account, made by the printed link.
      const page = await admin.newPage();
      heard.push(listen(page));
      await page.goto(await gatewatch.setupLink());
      await look(page, 'set-up');
      await shoot(page.url(), 'set-up');
      await page.getByLabel('Name').fill('ada');
      await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
      await page.getByLabel('Password once more').fill(PASSWORD);
      await page.getByRole('button', { name: 'Make the account' }).click();
      await page.waitForURL('**/operate');
      await page.getByRole('heading', { name: 'Shop' }).waitFor();
      await look(page, 'operate');

      // The upstream dies; the page says so by itself.
      await upstream.kill();
      await shows(status, scripts, '.banner.outage', home);
      await look(status, 'status-outage');
      await shoot(home, 'status-outage');
      await shoot(`${gatewatch.url}/components/shop`, 'component');

      // A guest follows the row, signs in and is back at the same place.
      const guide = await (await visitor(browser, { scripts })).newPage();
      heard.push(listen(guide));
      await guide.goto(home);
      await guide.getByRole('link', { name: 'Why is it failing?' }).click();
      await guide.waitForURL('**/sign-in?next=*');
      await look(guide, 'sign-in');
      await shoot(guide.url(), 'sign-in');
      await guide.getByLabel('Name').fill('ada');
      await guide.getByLabel('Password').fill('not the password at all');
      await guide.getByRole('button', { name: 'Sign in' }).click();
      await guide.getByText('do not match').waitFor();
      await guide.getByLabel('Name').fill('ada');
      await guide.getByLabel('Password').fill(PASSWORD);
      await guide.getByRole('button', { name: 'Sign in' }).click();
      await guide.waitForURL('**/wizard?component=shop');
      await look(guide, 'wizard');
      const signedIn = guide.context();
      await shoot(guide.url(), 'wizard', signedIn);

      // The wizard proves why.
      await guide.getByRole('button', { name: 'Find out why Shop fails' }).click();
      await guide.waitForURL('**/runs/*');
      const run = guide.url();
      // Without scripts the page fetches itself again.
      await guide.locator('.verdict.cause').waitFor({ timeout: 30_000 });
      await until('the end of the run', async () => {
        const answer = await signedIn.request.get(`${run}.json`);
        return (await answer.json()).state === 'finished';
      }, 30_000, 200);
      await guide.reload();
      await guide.getByText('Proven').first().waitFor();
      await guide.locator('.verdict a[href="/causes/upstream-down-not-listening"]').first().waitFor();
      assert.equal(await guide.locator('ol.steps > li').count(), 6);
      await look(guide, 'run-verdict', '.verdict > header');
      await shoot(run, 'run', signedIn);
      await guide.locator('.verdict a[href="/causes/upstream-down-not-listening"]').first().click();
      await guide.waitForURL('**/causes/upstream-down-not-listening');
      await look(guide, 'cause');
      await guide.goBack();

      // A note from it: previewed, then posted.
      await guide.getByRole('link', { name: 'Post a note from this' }).click();
      await guide.waitForURL('**/operate/incidents/new?run=*');
      await guide.locator('[name=title]').fill('Shop answers 502');
      await guide.locator('[name=body]').fill('The shop is **down**. <script>alert(1)</script>');
      await guide.getByRole('button', { name: 'Preview' }).click();
      await guide.waitForURL('**draft=*');
      await guide.locator('.prose strong', { hasText: 'down' }).first().waitFor();
      assert.equal(await guide.locator('[name=title]').inputValue(), 'Shop answers 502');
      await shoot(guide.url(), 'incident-preview', signedIn);
      await guide.getByRole('button', { name: 'Post' }).click();
      await guide.waitForURL(/\/operate\/incidents\/[a-z0-9]+($|[?#])/);
      await look(guide, 'operate-incident');
      await shoot(guide.url(), 'operate-incident', signedIn);
      const incident = guide.url();
      await shows(status, scripts, 'a[href^="/incidents/"]', home);
      await look(status, 'status-incident');
      await shoot(home, 'status-incident');

      // The upstream returns, the incident is resolved.
      await upstream.revive();
      await shows(status, scripts, '.banner.operational', home);
      await guide.goto(incident);
      const form = guide.locator('#add');
      await form.locator('[name=phase]').selectOption('resolved');
      await form.locator('[name=body]').fill('The shop runs again.');
      await form.getByRole('button', { name: 'Post' }).click();
      await guide.getByText('The shop runs again.').first().waitFor();
      const permalink = `${gatewatch.url}/incidents/${incident.match(/incidents\/([a-z0-9]+)/)[1]}`;
      await status.goto(permalink);
      await status.getByText('Resolved').first().waitFor();
      await look(status, 'incident');
      await shoot(permalink, 'incident');
      await shoot(`${gatewatch.url}/operate`, 'operate', signedIn);
      await shoot(`${gatewatch.url}/operate/evidence/shop`, 'evidence', signedIn);

      // The pages beside it.
      for (const [path, as] of [['/history', 'history'], ['/help/502', 'help-502'], ['/causes', 'causes']]) {
        await status.goto(`${gatewatch.url}${path}`, { waitUntil: 'load' });
        await look(status, as);
        await shoot(`${gatewatch.url}${path}`, as);
      }
      await shoot(`${gatewatch.url}/causes/upstream-down-not-listening`, 'cause');
      const month = new Date().toISOString().slice(0, 7);
      for (const range of ['24h', '7d', '90d', '1y']) await shoot(`${gatewatch.url}/components/shop/${range}`, `range-${range}`);
      await shoot(`${gatewatch.url}/history/${month}/report`, 'report');
      const missing = await status.goto(`${gatewatch.url}/no-such-page`);
      assert.equal(missing.status(), 404);
      await assertAria(status, name('not-found'), { root: 'main' });
      await shoot(`${gatewatch.url}/no-such-page`, 'not-found');

      // Signing out ends it.
      await guide.goto(`${gatewatch.url}/operate`);
      await guide.getByRole('button', { name: 'Sign out' }).click();
      await guide.goto(run);
      await guide.waitForURL('**/sign-in?next=*');
      await guide.context().close();
    } finally {
      await admin.close();
      await guest.close();
      await stop();
    }
  });
}
