// The public pages in German, and in Arabic from right to left: accessible, none wider than the window.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, listen, screenshots, startGatewatch, startUpstream, until, visitor } from './harness.mjs';

let upstream, browser;

before(async () => {
  upstream = await startUpstream();
  browser = await launch();
}, { timeout: 60_000 });

after(async () => {
  await browser?.close();
  await upstream?.kill();
}, { timeout: 60_000 });

const WORDS = {
  de: { direction: 'ltr', headline: 'Shop ist ausgefallen', unknown: 'Unbekannt', silent: /^Keine Nachricht seit \d\d:\d\d UTC$/ },
  ar: { direction: 'rtl', headline: 'Shop: متوقف عن العمل', unknown: 'غير معروف', silent: /^لا أخبار منذ \d\d:\d\d UTC$/ },
};

for (const [language, words] of Object.entries(WORDS)) {
  test(`the page, a component and the help are ${language}`, { timeout: 120_000 }, async () => {
    const gatewatch = await startGatewatch({
      config: `[page]\ntitle = "Example status"\nlanguage = "${language}"\n`
        + `[[monitors]]\nid = "api"\nname = "API"\nurl = "http://127.0.0.1:${upstream.port}/"\ninterval = "1s"\n`
        // Nobody listens there.
        + '[[monitors]]\nid = "shop"\nname = "Shop"\nurl = "http://127.0.0.1:9/"\ninterval = "1s"\n',
    });
    const context = await visitor(browser, { width: 390, height: 844 });
    try {
      await until('the outage on the page', async () => (await (await fetch(`${gatewatch.url}/`)).text())
        .replace(/[\u2068\u2069]/g, '').includes(words.headline));
      for (const [path, name] of [['/', 'status'], ['/components/shop', 'component'], ['/help/502', 'help']]) {
        await screenshots(browser, `${gatewatch.url}${path}`, `${language}-${name}`);
      }
      const page = await context.newPage();
      const console = listen(page);
      await page.goto(`${gatewatch.url}/`, { waitUntil: 'load' });
      assert.equal(await page.locator('html').evaluate((html) => getComputedStyle(html).direction), words.direction);
      // The oldest day stands where a line begins, and the newest at its end.
      const places = await page.locator('.bars').first().locator('li').evaluateAll((days) =>
        [days[0], days.at(-1)].map((day) => day.getBoundingClientRect().left));
      assert.equal(places[0] < places[1], words.direction === 'ltr', `${places}`);
      console.assertEmpty();
      // Without news the script speaks the page's language too; seeing it once is enough.
      if (words.direction === 'ltr') return;
      await gatewatch.stop();
      await page.waitForFunction((text) => document.querySelector('.banner .word').textContent === text, words.unknown, { timeout: 40_000 });
      assert.match(await page.locator('.banner h1').textContent(), words.silent);
    } finally {
      await context.close();
      await gatewatch.stop();
    }
  });
}
